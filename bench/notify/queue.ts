import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { NotificationOutbox } from '../../src/notify/outbox.ts';
import type { AlertContent, NewNotification } from '../../src/notify/types.ts';
import { PgBossJobQueue } from '../../src/storage/job-queue.ts';
import { ALERT } from '../../test/notify/deliveries.ts';
import type { BenchDatabase } from '../rules/bench-database.ts';

/** Queues webhooks in the database of a running platform, as its own parts do. */
export class BenchQueue {
  /** When each was committed, epoch milliseconds with fractions, by the id of its delivery. */
  readonly queuedAtMs = new Map<string, number>();
  private readonly jobs: PgBossJobQueue;
  private readonly outbox: NotificationOutbox;

  constructor(database: BenchDatabase) {
    this.jobs = new PgBossJobQueue({ db: database.db, logger: silentLogger });
    this.outbox = new NotificationOutbox({ jobs: this.jobs, newId: newUuid });
  }

  start(): Promise<void> {
    return this.jobs.start();
  }

  async stop(): Promise<void> {
    this.outbox.stop();
    await this.jobs.stop();
  }

  /** One webhook to each URL, in one transaction; answers the ids of the deliveries. */
  async add(urls: readonly string[]): Promise<string[]> {
    const ids = await this.outbox.queue(urls.map(webhookTo));
    const nowMs = performance.timeOrigin + performance.now();
    for (const id of ids) this.queuedAtMs.set(id, nowMs);
    return ids;
  }

  /** Takes back what waits for receivers whose addresses begin so; nobody may be delivering meanwhile. */
  async forget(prefix: string): Promise<void> {
    await this.jobs.transaction(async (tx) => {
      const { rows } = await tx.query<{ id: string }>(
        'delete from notifications where starts_with(recipient, $1) returning notification_id as id',
        [prefix],
      );
      await this.jobs.remove(
        tx,
        rows.map(({ id }) => ({ id, channel: 'webhook' })),
      );
    });
  }

  /** So many a second for some seconds, to one URL after the other; answers the ids of the deliveries. */
  async addAtRate({ urls, perSecond, seconds }: { urls: readonly string[]; perSecond: number; seconds: number }): Promise<string[]> {
    const startedAt = performance.now();
    const ids: string[] = [];
    for (let added = 0; added < perSecond * seconds;) {
      const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - startedAt) / 1_000) * perSecond));
      if (due > added) ids.push(...(await this.add(Array.from({ length: due - added }, (_, i) => urls[(added + i) % urls.length] ?? ''))));
      added = Math.max(added, due);
      await delay(20);
    }
    return ids;
  }
}

function webhookTo(url: string): NewNotification {
  const content: AlertContent = {
    action: { type: 'webhook', url },
    alert: ALERT,
    device: { name: 'Pump 1', type: 'pump', location: 'Hall A' },
  };
  return {
    ...{ tenantId: 'default', dedupKey: `bench:${randomUUID()}`, event: 'raised', channel: 'webhook', recipient: url },
    ...{ alertId: null, deviceId: null, ruleId: null, content },
  };
}
