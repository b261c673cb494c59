import type { NewNotification, Outbox } from '../../../src/notify/types.ts';

/** An outbox in memory: one of each key is queued, as in the real one, and nothing is delivered. */
export class QueuedNotifications implements Outbox {
  /** What was queued, in order. */
  readonly list: (NewNotification & { id: string })[] = [];
  /** How the next ones fail; undefined: they do not. */
  failure: Error | undefined;

  enqueue(_tx: unknown, notifications: readonly NewNotification[]): Promise<string[]> {
    return this.queue(notifications);
  }

  queue(notifications: readonly NewNotification[]): Promise<string[]> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const fresh = notifications.filter(({ dedupKey }) => !this.list.some((known) => known.dedupKey === dedupKey));
    const added = fresh.map((each) => ({ ...each, id: `n-${String(this.list.length + fresh.indexOf(each) + 1)}` }));
    this.list.push(...added);
    return Promise.resolve(added.map(({ id }) => id));
  }
}
