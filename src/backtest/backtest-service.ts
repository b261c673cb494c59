import { BACKTEST_WAIT_SECONDS } from '../contracts/backtest.ts';
import type { Backtest, BacktestQuestion, BacktestResult } from '../contracts/backtest.ts';
import { AppError } from '../core/errors.ts';
import type { NewId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { jobOf } from './question.ts';
import type { Asked, QuestionDeps } from './question.ts';
import type { BacktestJob, ReplayThread, StartReplay } from './types.ts';

/** How many replay at the same time, and how many may wait for their turn. */
const MOST_RUNNING = 2;
const MOST_WAITING = 10;
/** How long a result can be fetched, milliseconds, and how many are kept at most. */
const KEPT_MS = 600_000;
const MOST_KEPT = 100;
/** When it is worth asking again while too many wait, seconds. */
const RETRY_AFTER_SECONDS = 10;

/** What the service works with. */
export interface BacktestServiceOptions extends QuestionDeps {
  newId: NewId;
  logger: Logger;
  startReplay: StartReplay;
}

/** One backtest from question to forgotten. */
interface Entry {
  id: string;
  tenantId: string;
  job: BacktestJob;
  status: Backtest['status'];
  progress: number;
  error: string | null;
  result: BacktestResult | null;
  thread: ReplayThread | undefined;
  endedAtMs: number | undefined;
  ended: PromiseWithResolvers<void>;
}

/** Backtests of the installation: who asks gets an id at once and the result when it is there. Everything is in memory. */
export class BacktestService {
  private readonly options: BacktestServiceOptions;
  /** In the order in which they were asked for. */
  private readonly entries = new Map<string, Entry>();
  private stopped = false;

  constructor(options: BacktestServiceOptions) {
    this.options = options;
  }

  /**
   * Starts what was asked, or puts it in the queue, and waits for its end as long as the question says. Fails as `jobOf` does, and with
   * RATE_LIMITED when too many wait already.
   */
  async start(asked: Asked, question: BacktestQuestion): Promise<Backtest> {
    this.refuseMore();
    const job = await jobOf(this.options, asked, question);
    // Others may have come meanwhile.
    this.refuseMore();
    const entry: Entry = {
      id: this.options.newId(),
      tenantId: asked.tenantId,
      job,
      status: 'running',
      progress: 0,
      error: null,
      result: null,
      thread: undefined,
      endedAtMs: undefined,
      ended: Promise.withResolvers(),
    };
    this.entries.set(entry.id, entry);
    this.startNext();
    await endWithin(entry, (question.wait_seconds ?? BACKTEST_WAIT_SECONDS.usual) * 1_000);
    return this.shown(entry);
  }

  /** How it goes. Fails with NOT_FOUND when the tenant has none of this id, or it ended more than ten minutes ago. */
  get(tenantId: string, id: string): Backtest {
    return this.shown(this.entry(tenantId, id));
  }

  /** Ends it, and resolves when nothing of it runs any more. One that has ended stays as it is. Fails as `get` does. */
  async cancel(tenantId: string, id: string): Promise<void> {
    const entry = this.entry(tenantId, id);
    if (entry.thread === undefined) this.end(entry, { status: 'cancelled' });
    else entry.thread.cancel();
    await entry.ended.promise;
  }

  /** Ends all of them and takes no more. */
  async stop(): Promise<void> {
    this.stopped = true;
    const open = [...this.entries.values()].filter(({ status }) => status === 'running');
    // Those that wait first: they must not start when others end.
    for (const entry of open) if (entry.thread === undefined) this.end(entry, { status: 'cancelled' });
    for (const entry of open) entry.thread?.cancel();
    await Promise.all(open.map(({ ended }) => ended.promise));
  }

  private refuseMore(): void {
    if (this.stopped) throw new AppError('STORAGE_UNAVAILABLE', 'The platform is stopping; send it again when it runs.');
    this.forgetOld();
    if (this.waiting().length < MOST_WAITING) return;
    const message = `${String(MOST_RUNNING)} backtests run and ${String(MOST_WAITING)} wait, which is the most; try again when some have ended, or cancel one.`;
    throw new AppError('RATE_LIMITED', message, { retryable: true, retryAfterSeconds: RETRY_AFTER_SECONDS });
  }

  private waiting(): Entry[] {
    return [...this.entries.values()].filter(({ status, thread }) => status === 'running' && thread === undefined);
  }

  private startNext(): void {
    const running = [...this.entries.values()].filter(({ status, thread }) => status === 'running' && thread !== undefined);
    const [next] = this.waiting();
    if (this.stopped || next === undefined || running.length >= MOST_RUNNING) return;
    const thread = this.options.startReplay(next.job, (share) => (next.progress = share));
    next.thread = thread;
    void thread.ended.then((last) => {
      switch (last.kind) {
        case 'done':
          this.end(next, { status: 'done', result: last.result });
          break;
        case 'cancelled':
          this.end(next, { status: 'cancelled' });
          break;
        case 'failed':
          this.options.logger.warn({ part: 'backtest', error: last.error }, 'A backtest failed.');
          this.end(next, { status: 'failed', error: last.error });
      }
    });
    this.startNext();
  }

  private end(entry: Entry, last: Pick<Entry, 'status'> & Partial<Pick<Entry, 'result' | 'error'>>): void {
    if (entry.endedAtMs !== undefined) return;
    Object.assign(entry, last, last.status === 'done' ? { progress: 1 } : {});
    entry.endedAtMs = this.options.clock.nowMs();
    entry.ended.resolve();
    this.startNext();
  }

  private entry(tenantId: string, id: string): Entry {
    this.forgetOld();
    const entry = this.entries.get(id);
    if (entry?.tenantId === tenantId) return entry;
    throw new AppError('NOT_FOUND', `There is no backtest "${id}"; results are kept for ten minutes. Start it again.`);
  }

  private forgetOld(): void {
    const oldestMs = this.options.clock.nowMs() - KEPT_MS;
    const ended = [...this.entries.values()].filter(({ endedAtMs }) => endedAtMs !== undefined);
    for (const [place, { id, endedAtMs = 0 }] of ended.entries()) {
      if (endedAtMs < oldestMs || place < ended.length - MOST_KEPT) this.entries.delete(id);
    }
  }

  private shown(entry: Entry): Backtest {
    const { id, status, progress, error, result, thread } = entry;
    const ahead = status === 'running' && thread === undefined ? this.waiting().indexOf(entry) : null;
    return { id, status, progress, ahead, error, result };
  }
}

async function endWithin(entry: Entry, waitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, waitMs)));
  await Promise.race([entry.ended.promise, late]);
  clearTimeout(timer);
}
