import { setTimeout as delay } from 'node:timers/promises';
import { isPassing } from '../storage/database.ts';

const RETRY_MS = { first: 100, longest: 2_000 };

/** Does `work`, again and again while the database is away. Rejects with any other error, and with the last one when `signal` is aborted. */
export async function patiently<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let waitMs = RETRY_MS.first; ; waitMs = Math.min(waitMs * 2, RETRY_MS.longest)) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error;
      await delay(waitMs, undefined, { ref: false });
    }
  }
}
