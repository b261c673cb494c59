import { setTimeout as delay } from 'node:timers/promises';
import type { NewId } from '../core/ids.ts';
import { silentLogger } from '../core/logger.ts';
import type { Logger } from '../core/logger.ts';
import { isPassing } from '../storage/database.ts';
import type { Queryable } from '../storage/database.ts';
import { insertNotifications, queuedBefore } from '../storage/repositories/notifications.ts';
import { topicTold } from './channels/mqtt/mqtt-channel.ts';
import type { JobQueue } from './jobs.ts';
import { perRecipient } from './per-recipient.ts';
import type { NewNotification, Outbox } from './types.ts';

const RETRY_MS = { first: 100, longest: 2_000 };

/** See `Outbox`. `enqueue` needs a transaction of the platform (`db.transaction`): requests may not write to the queue. */
export class NotificationOutbox implements Outbox {
  private readonly jobs: Pick<JobQueue, 'add' | 'transaction'>;
  private readonly newId: NewId;
  private readonly logger: Logger;
  private readonly stopping = new AbortController();

  constructor(options: { jobs: Pick<JobQueue, 'add' | 'transaction'>; newId: NewId; logger?: Logger }) {
    this.logger = (options.logger ?? silentLogger).child({ part: 'notify' });
    this.jobs = options.jobs;
    this.newId = options.newId;
  }

  /** Ends all waiting of `queue`, by an AbortError. */
  stop(): void {
    this.stopping.abort();
  }

  async enqueue(tx: Queryable, notifications: readonly NewNotification[]): Promise<string[]> {
    if (notifications.length === 0) return [];
    const rows = (await forEach(tx, notifications)).map((each) => ({ ...each, recipient: recipientOf(each), id: this.newId() }));
    const added = new Set(await insertNotifications(tx, rows));
    const fresh = rows.filter(({ id }) => added.has(id));
    await this.jobs.add(
      tx,
      fresh.map(({ id, channel }) => ({ id, channel, delayMs: 0 })),
    );
    for (const { id, channel, event, alertId, requestId } of fresh) {
      this.logger.debug({ request_id: requestId ?? undefined, id, channel, event, alert_id: alertId }, 'A notification is queued.');
    }
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

/** One for each recipient; what an older version queued for all of them together is left. */
async function forEach(tx: Queryable, notifications: readonly NewNotification[]): Promise<readonly NewNotification[]> {
  const groups = notifications.map(perRecipient);
  const split = groups.filter(({ each }) => each.length > 1);
  if (split.length === 0) return notifications;
  const known = await queuedBefore(tx, split);
  return groups.flatMap(({ key, each }) => (each.length > 1 && known.has(key) ? [] : each));
}

/** Topics are shown as they will be, not as templates. */
function recipientOf(notification: NewNotification): string {
  return (notification.channel === 'mqtt' ? topicTold(notification) : undefined) ?? notification.recipient;
}
