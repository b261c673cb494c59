import { parentPort, workerData } from 'node:worker_threads';
import { ReplayCancelled, runBacktest } from '../backtest/run-backtest.ts';
import type { BacktestJob, ReplayMessage } from '../backtest/types.ts';
import { messageOf } from '../core/errors.ts';
import { silentLogger } from '../core/logger.ts';
import { connectClient } from '../storage/connection.ts';
import type { WorkerConnection } from '../storage/postgres.ts';

/** What the thread of a backtest is started with. */
export interface BacktestWorkerData {
  job: BacktestJob;
  connection: WorkerConnection;
  /** Not 0: end at the next chunk. */
  cancelled: Int32Array;
}

/** How often progress is told at most, milliseconds. */
const TELL_MS = 100;

// The thread has this one thing to do; it ends when its connection is closed.
say(await replay(workerData as BacktestWorkerData));

function say(message: ReplayMessage): void {
  parentPort?.postMessage(message);
}

async function replay({ job, connection, cancelled }: BacktestWorkerData): Promise<ReplayMessage> {
  let toldAt = 0;
  const watch = {
    isCancelled: () => Atomics.load(cancelled, 0) !== 0,
    progress: (share: number) => {
      const now = performance.now();
      if (now - toldAt < TELL_MS) return;
      toldAt = now;
      say({ kind: 'progress', share });
    },
  };
  try {
    // Who loses the connection hears of it from the statement that fails.
    const client = await connectClient(connection, silentLogger);
    try {
      await client.query('set default_transaction_read_only = on');
      return { kind: 'done', result: await runBacktest(job, client, watch) };
    } finally {
      await client.end();
    }
  } catch (error) {
    return error instanceof ReplayCancelled ? { kind: 'cancelled' } : { kind: 'failed', error: messageOf(error) };
  }
}
