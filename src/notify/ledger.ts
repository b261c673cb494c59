import type { ChannelName } from '../contracts/actions.ts';
import type { Notification, NotificationAttempt } from '../contracts/notifications.ts';
import { withoutSecrets } from '../auth/secrets.ts';
import { AppError } from '../core/errors.ts';
import type { Database } from '../storage/database.ts';
import {
  countPending,
  findNotification,
  listAttempts,
  listNotifications,
  reopenNotification,
} from '../storage/repositories/notifications.ts';
import type { NotificationQuery, NotificationRow } from '../storage/repositories/notifications.ts';
import type { JobQueue } from './jobs.ts';

/** Who was told what, when, with what result; and trying again what failed. */
export class NotificationLedger {
  private readonly db: Database;
  private readonly jobs: Pick<JobQueue, 'add' | 'remove' | 'transaction' | 'read'>;

  constructor(options: { db: Database; jobs: Pick<JobQueue, 'add' | 'remove' | 'transaction' | 'read'> }) {
    this.db = options.db;
    this.jobs = options.jobs;
  }

  /** Lines of a tenant, the newest first. */
  async list(query: NotificationQuery): Promise<NotificationRow[]> {
    return (await this.db.readAsTenant(query.tenantId, (db) => listNotifications(db, query))).map(shown);
  }

  /** How many are pending, by channel, of all tenants; channels without any are left out. Asked on the queue's own connections. */
  waiting(): Promise<ReadonlyMap<ChannelName, number>> {
    return this.jobs.read(countPending);
  }

  /** One line with its attempts, oldest first; NOT_FOUND. */
  async get(tenantId: string, id: string): Promise<Notification & { log: NotificationAttempt[] }> {
    return this.db.asTenant(tenantId, async (tx) => {
      const notification = found(await findNotification(tx, tenantId, id), id);
      return { ...shown(notification), log: await listAttempts(tx, tenantId, id) };
    });
  }

  /**
   * Tries a failed notification again at once, under the same id; its attempts are counted on, so that after the last pause of its channel it is
   * one attempt. NOT_FOUND, or CONFLICT for one that is not failed.
   */
  async retry(tenantId: string, id: string): Promise<Notification> {
    const known = found(await this.db.asTenant(tenantId, (tx) => findNotification(tx, tenantId, id)), id);
    const reopened = await this.jobs.transaction(async (tx) => {
      const notification = await reopenNotification(tx, tenantId, id);
      if (notification === undefined) return undefined;
      const { channel } = notification;
      await this.jobs.remove(tx, [{ id, channel }]);
      await this.jobs.add(tx, [{ id, channel, delayMs: 0 }]);
      return notification;
    });
    if (reopened !== undefined) return shown(reopened);
    throw new AppError(
      'CONFLICT',
      known.status === 'delivered'
        ? `The notification ${id} is delivered; only a failed one can be tried again.`
        : `The notification ${id} is pending: it is tried by itself. Only a failed one can be tried again.`,
    );
  }
}

/** Without what an address may hold to prove who sends: tokens and keys in its query. */
function shown<Line extends Pick<Notification, 'channel' | 'recipient'>>(line: Line): Line {
  return line.channel === 'webhook' || line.channel === 'n8n' ? { ...line, recipient: withoutSecrets(line.recipient) } : line;
}

function found(notification: Notification | undefined, id: string): Notification {
  if (notification !== undefined) return notification;
  throw new AppError('NOT_FOUND', `There is no notification ${id}; GET /api/v1/notifications lists those that exist.`);
}
