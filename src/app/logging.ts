import { pino } from 'pino';
import type { StreamEntry } from 'pino';
import roll from 'pino-roll';
import path from 'node:path';
import type { Logger } from '../core/logger.ts';

export interface LoggingOptions {
  level: string;
  /** The folder of the log files; rolled daily and at 20 MB, fourteen are kept. */
  folder: string;
}

/** The platform's log: JSON lines in files, and on the terminal what somebody should look at (warnings and errors, one line each). */
export async function createLogger(options: LoggingOptions): Promise<{ logger: Logger; close: () => void }> {
  const file = await roll({
    file: path.join(options.folder, 'insa'),
    extension: '.log',
    frequency: 'daily',
    size: '20m',
    mkdir: true,
    limit: { count: 14 },
  });
  const level = options.level;
  const streams: StreamEntry[] = [
    { level: level as 'info', stream: file },
    { level: 'warn', stream: { write: (line: string) => void process.stderr.write(readable(line)) } },
  ];
  const formatters = { level: (label: string) => ({ level: label }) };
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, pino.multistream(streams));
  return {
    logger: logger as unknown as Logger,
    close: () => {
      file.flushSync();
      file.end();
    },
  };
}

/** One line for a person: time, level, part, sentence, and the fields that explain it. */
function readable(line: string): string {
  const { time, level, msg, part, ...fields } = JSON.parse(line) as Record<string, unknown>;
  delete fields['stack'];
  const details = Object.entries(fields).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${typeof part === 'string' ? `[${part}] ` : ''}${String(msg)}${details.length > 0 ? `  (${details.join(', ')})` : ''}\n`;
}
