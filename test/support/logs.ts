import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One line of the log, as a program reads it. */
export interface LogLine extends Partial<Record<string, unknown>> {
  level: string;
  time: string;
  msg: string;
  request_id?: string;
}

/** Everything that stands in the files of the log. */
export function logText(dataDir: string): string {
  const folder = path.join(dataDir, 'logs');
  return readdirSync(folder)
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('');
}

/** Its lines in the order in which they were written, while there is one file; each must be whole JSON. */
export function logLines(dataDir: string): LogLine[] {
  return logText(dataDir)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}

/** What `grep {id} insa.log` finds: level and sentence of each line. */
export function storyOf(dataDir: string, requestId: string): string[] {
  return logLines(dataDir)
    .filter((line) => line.request_id === requestId)
    .map(({ level, msg }) => `${level} ${msg}`);
}
