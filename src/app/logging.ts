import { pino } from 'pino';
import type { StreamEntry } from 'pino';
import type { Config } from '../config/config.ts';
import { systemClock } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { createRedactor, MASK } from './log/redact.ts';
import type { Redactor } from './log/redact.ts';
import { RotatingFile } from './log/rotating-file.ts';

/** How much is logged, where, and which secrets must never be. */
export interface LoggingOptions extends Pick<Config, 'log'> {
  /** Secrets of the configuration; addresses stand for the passwords in them. */
  secrets: readonly (string | undefined)[];
  clock?: Clock;
  /** Where warnings and errors are shown; the terminal unless given. */
  show?: (text: string) => void;
}

/** The platform's log and what belongs to it. */
export interface Logging {
  logger: Logger;
  redactor: Redactor;
  close: () => void;
}

const MEGABYTE = 1024 * 1024;
/** Fields that parts might log by mistake. What the redactor finds by name at any depth is found here before it is written out at all. */
const SECRET_PATHS = [
  'password',
  'token',
  'secret',
  'authorization',
  'cookie',
  'apiKey',
  'api_key',
  'headers.authorization',
  'headers.cookie',
];

/**
 * The platform's log: JSON lines in files of a bounded size, and on the terminal what somebody should look at (warnings and errors, one
 * line each). Secrets are masked in both. A log that cannot be written is told on the terminal and stops nothing.
 */
export function createLogger({ log, secrets, clock = systemClock, show = toTerminal }: LoggingOptions): Logging {
  const redactor = createRedactor(secrets);
  const { level, dir: folder, fileMegabytes, files } = log;
  const onTrouble = (sentence: string): void => show(`${new Date(clock.nowMs()).toISOString()} WARN  [log] ${sentence}\n`);
  const file = new RotatingFile({ folder, fileBytes: fileMegabytes * MEGABYTE, files, clock, onTrouble });
  const streams: StreamEntry[] = [
    { level, stream: file },
    { level: 'warn', stream: { write: (line: string) => show(readable(line)) } },
  ];
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
      formatters: { level: (label: string) => ({ level: label }) },
      redact: { paths: SECRET_PATHS, censor: MASK },
      hooks: { streamWrite: (line) => redactor.line(line) },
    },
    pino.multistream(streams),
  );
  return { logger, redactor, close: () => file.close() };
}

/** The secrets of a configuration that must not be logged, wherever they turn up. */
export function secretsOf({ admin, jwtSecret, databaseUrl, redisUrl, mail, webhook, metrics }: Config): readonly (string | undefined)[] {
  return [admin.password, jwtSecret, databaseUrl, redisUrl, mail.smtpUrl, webhook.secret, metrics.token];
}

function toTerminal(text: string): void {
  process.stderr.write(text);
}

/** One line for a person: time, level, part, sentence, and the fields that explain it. */
function readable(line: string): string {
  const { time, level, msg, part, ...fields } = JSON.parse(line) as Record<string, unknown>;
  delete fields['stack'];
  const details = Object.entries(fields).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${typeof part === 'string' ? `[${part}] ` : ''}${String(msg)}${details.length > 0 ? `  (${details.join(', ')})` : ''}\n`;
}
