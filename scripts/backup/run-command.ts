import { AppError } from '../../src/core/errors.ts';

/**
 * Runs a command to its end: 0 when it is done, 1 and the reason when it could not be, 130 when a signal ended it. The first SIGINT or
 * SIGTERM ends the work in order; `usage` is shown for options that do not exist.
 */
export async function runCommand(usage: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stop.abort());
  try {
    await work(stop.signal);
  } catch (error) {
    process.exitCode = 1;
    if (stop.signal.aborted) {
      console.error('Stopped before the end; what was written is removed.');
      process.exitCode = 130;
    } else if (error instanceof AppError) console.error(error.message);
    else if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
      console.error(`${error.message}\n\n${usage}`);
    else throw error;
  }
}
