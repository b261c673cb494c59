import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { isPassing } from '../storage/database.ts';
import type { Queryable } from '../storage/database.ts';
import { recordAttempts } from '../storage/repositories/notifications.ts';
import type { AttemptRecord } from '../storage/repositories/notifications.ts';
import { inTime } from './in-time.ts';
import type { Job, JobQueue } from './jobs.ts';

/** What is to be written when a job is out of hand. */
export interface Finished {
  job: Pick<Job, 'id' | 'channel'>;
  /** Undefined: there was no attempt. */
  attempt: AttemptRecord | undefined;
  /** When it is tried again; undefined: never. */
  againMs: number | undefined;
  /** Called when it is written. */
  done(): void;
}

const AT_ONCE = 200;
const RETRY_MS = { first: 100, longest: 2_000 };

/**
 * Writes what came of jobs, many in one transaction: whatever has ended while the one before was written goes together. Waits as long as the
 * database is away.
 */
export class Recorder {
  private readonly jobs: JobQueue;
  private readonly logger: Logger;
  private readonly waiting: Finished[] = [];
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(options: { jobs: JobQueue; logger: Logger }) {
    this.jobs = options.jobs;
    this.logger = options.logger;
  }

  /** How many are not written yet. */
  get backlog(): number {
    return this.waiting.length;
  }

  put(finished: Finished): void {
    this.waiting.push(finished);
    this.begin();
  }

  /** Writes what there is, for `atMostMs`; what is not written comes again at the next start. */
  async stop(atMostMs: number): Promise<void> {
    await inTime(
      Promise.resolve(this.running).then(() => true),
      atMostMs,
    );
    this.stopping.abort();
  }

  private begin(): void {
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      // What came in the moment in which the round before ended would wait for the next one otherwise.
      if (this.waiting.length > 0 && !this.stopping.signal.aborted) this.begin();
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0 && !this.stopping.signal.aborted) {
      const batch = this.waiting.slice(0, AT_ONCE);
      await this.write(batch);
      if (this.stopping.signal.aborted) return;
      this.waiting.splice(0, batch.length);
    }
  }

  /** Never rejects. A batch that the database refuses is halved until what it refuses is alone; that stays in hand until the next start. */
  private async write(batch: readonly Finished[]): Promise<void> {
    for (let waitMs = RETRY_MS.first; !this.stopping.signal.aborted; waitMs = Math.min(waitMs * 2, RETRY_MS.longest)) {
      try {
        await this.jobs.transaction((tx) => this.writeOnce(tx, batch));
        batch.forEach((finished) => finished.done());
        return;
      } catch (error) {
        if (!isPassing(error)) return this.divide(batch, error);
        await delay(waitMs, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
      }
    }
  }

  private async divide(batch: readonly Finished[], error: unknown): Promise<void> {
    if (batch.length > 1) {
      const half = batch.length >> 1;
      await this.write(batch.slice(0, half));
      return this.write(batch.slice(half));
    }
    const id = batch[0]?.job.id;
    this.logger.error({ part: 'notify', id, error: messageOf(error) }, 'What came of a notification cannot be recorded.');
  }

  private async writeOnce(tx: Queryable, batch: readonly Finished[]): Promise<void> {
    const attempts = batch.flatMap(({ attempt }) => (attempt === undefined ? [] : [attempt]));
    if (attempts.length > 0) await recordAttempts(tx, attempts);
    await this.jobs.remove(
      tx,
      batch.map(({ job }) => job),
    );
    const again = batch.flatMap(({ job, againMs }) => (againMs === undefined ? [] : [{ ...job, delayMs: againMs }]));
    if (again.length > 0) await this.jobs.add(tx, again);
  }
}
