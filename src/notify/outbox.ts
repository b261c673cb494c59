import { setTimeout as delay } from 'node:timers/promises';
import type { NewId } from '../core/ids.ts';
import { isPassing } from '../storage/database.ts';
import type { Queryable } from '../storage/database.ts';
import { insertNotifications } from '../storage/repositories/notifications.ts';
import type { JobQueue } from './jobs.ts';
import type { NewNotification, Outbox } from './types.ts';

const RETRY_MS = { first: 100, longest: 2_000 };

/** See `Outbox`. `enqueue` needs a transaction of the platform (`db.transaction`): requests may not write to the queue. */
export class NotificationOutbox implements Outbox {
  private readonly jobs: Pick<JobQueue, 'add' | 'transaction'>;
  private readonly newId: NewId;
  private readonly stopping = new AbortController();

  constructor(options: { jobs: Pick<JobQueue, 'add' | 'transaction'>; newId: NewId }) {
    this.jobs = options.jobs;
    this.newId = options.newId;
  }

  /** Ends all waiting of `queue`, by an AbortError. */
  stop(): void {
    this.stopping.abort();
  }

  async enqueue(tx: Queryable, notifications: readonly NewNotification[]): Promise<string[]> {
    if (notifications.length === 0) return [];
    const rows = notifications.map((notification) => ({ ...notification, id: this.newId() }));
    const added = new Set(await insertNotifications(tx, rows));
    const fresh = rows.filter(({ id }) => added.has(id));
    await this.jobs.add(
      tx,
      fresh.map(({ id, channel }) => ({ id, channel, delayMs: 0 })),
    );
    return fresh.map(({ id }) => id);
  }

  async queue(notifications: readonly NewNotification[]): Promise<string[]> {
    for (let waitMs = RETRY_MS.first; ; waitMs = Math.min(waitMs * 2, RETRY_MS.longest)) {
      try {
        this.stopping.signal.throwIfAborted();
        return await this.jobs.transaction((tx) => this.enqueue(tx, notifications));
      } catch (error) {
        if (!isPassing(error)) throw error;
        await delay(waitMs, undefined, { signal: this.stopping.signal, ref: false });
      }
    }
  }
}
