import { Worker } from 'node:worker_threads';
import { BacktestService } from '../backtest/backtest-service.ts';
import type { ReplayMessage, ReplayThread, StartReplay } from '../backtest/types.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { DeviceLookup } from '../devices/device-directory.ts';
import type { OpenDatabase } from '../storage/postgres.ts';
import type { BacktestWorkerData } from './backtest-worker.ts';

export interface BacktestsOptions {
  db: OpenDatabase;
  devices: DeviceLookup;
  clock: Clock;
  logger: Logger;
}

/** Beside this file, compiled or not. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './backtest-worker.ts' : './backtest-worker.js', import.meta.url);
/** How long a thread may take to the end of its chunk before it is ended by force. */
const PATIENCE_MS = 2_000;
/** The most memory of a thread's heap, MiB: two rules with windows of seven days at 100 readings/s need less. */
const HEAP_MIB = 1_024;

/** Backtests, replayed in threads with connections of their own. Nothing runs before somebody asks. */
export function createBacktests({ db, devices, clock, logger }: BacktestsOptions): BacktestService {
  return new BacktestService({ db, devices, clock, logger, newId: newUuid, startReplay: replayInThread(db) });
}

/** Replays in worker threads. */
export function replayInThread(db: Pick<OpenDatabase, 'connectionOfWorker'>): StartReplay {
  return (job, onProgress) => {
    const cancelled = new Int32Array(new SharedArrayBuffer(4));
    const workerData: BacktestWorkerData = { job, connection: db.connectionOfWorker, cancelled };
    const worker = new Worker(WORKER, { workerData, name: 'backtest', resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB } });
    return follow(worker, cancelled, onProgress);
  };
}

function follow(worker: Worker, cancelled: Int32Array, onProgress: (share: number) => void): ReplayThread {
  let last: Exclude<ReplayMessage, { kind: 'progress' }> | undefined;
  let force: NodeJS.Timeout | undefined;
  worker.on('message', (message: ReplayMessage) => {
    if (message.kind === 'progress') onProgress(message.share);
    else last = message;
  });
  worker.on('error', (error) => (last ??= { kind: 'failed', error: failureOf(error) }));
  const ended = new Promise<Exclude<ReplayMessage, { kind: 'progress' }>>((resolve) => {
    worker.once('exit', () => {
      clearTimeout(force);
      const wasCancelled = Atomics.load(cancelled, 0) === 1;
      resolve(last ?? (wasCancelled ? { kind: 'cancelled' } : { kind: 'failed', error: 'The thread of the backtest ended by itself.' }));
    });
  });
  return {
    ended,
    cancel: () => {
      Atomics.store(cancelled, 0, 1);
      force ??= setTimeout(() => void worker.terminate(), PATIENCE_MS);
    },
  };
}

function failureOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ERR_WORKER_OUT_OF_MEMORY') return messageOf(error);
  return `The windows of the rule need more than ${String(HEAP_MIB)} MiB of memory; choose a shorter window or fewer readings.`;
}
