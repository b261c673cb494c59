import { setTimeout as delay } from 'node:timers/promises';
import type { NotificationStatus } from '../../src/contracts/notifications.ts';
import type { ChannelName } from '../../src/contracts/actions.ts';
import { systemClock } from '../../src/core/clock.ts';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { Dispatcher } from '../../src/notify/dispatcher.ts';
import { NotificationLedger } from '../../src/notify/ledger.ts';
import { NotificationOutbox } from '../../src/notify/outbox.ts';
import type { Channel, Delivery, NewNotification, Outcome } from '../../src/notify/types.ts';
import { PgBossJobQueue } from '../../src/storage/job-queue.ts';
import { openDatabase } from '../../src/storage/postgres.ts';
import type { OpenDatabase } from '../../src/storage/postgres.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { DatabaseProxy } from './proxy.ts';

/** A channel that answers as a test says, and remembers what it was asked. */
export class ScriptedChannel implements Channel {
  readonly name: ChannelName;
  atOnce = 10;
  retryDelaysMs: readonly number[] = [20, 20];
  laneIntervalMs = 0;
  readonly seen: Delivery[] = [];
  answer: (delivery: Delivery, signal: AbortSignal) => Outcome | Promise<Outcome> = () => ({ delivered: true, reason: 'ok' });

  constructor(name: ChannelName = 'webhook') {
    this.name = name;
  }

  laneOf(delivery: Delivery): string {
    return delivery.recipient;
  }

  send(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
    this.seen.push(delivery);
    return Promise.resolve().then(() => this.answer(delivery, signal));
  }
}

/** Outbox, dispatcher and ledger on a database of their own. */
export interface NotifyFixture {
  database: TestDatabase;
  /** What everything else uses, through the proxy. */
  db: OpenDatabase;
  proxy: DatabaseProxy;
  jobs: PgBossJobQueue;
  outbox: NotificationOutbox;
  ledger: NotificationLedger;
  /** Makes a dispatcher and starts it; it is stopped with the fixture. */
  dispatch(...channels: Channel[]): Dispatcher;
  rows(): Promise<{ id: string; status: NotificationStatus; attempts: number; reason: string | null; recipient: string }[]>;
  stop(): Promise<void>;
}

export async function startNotify(): Promise<NotifyFixture> {
  const database = await createTestDatabase();
  const proxy = new DatabaseProxy(database.connection);
  const connection = { ...database.connection, host: '127.0.0.1', port: await proxy.open() };
  const db = await openDatabase({ connection, logger: silentLogger });
  const jobs = new PgBossJobQueue({ db, logger: silentLogger });
  await jobs.start();
  const outbox = new NotificationOutbox({ jobs, newId: newUuid });
  const dispatchers: Dispatcher[] = [];
  return {
    database,
    db,
    proxy,
    jobs,
    outbox,
    ledger: new NotificationLedger({ db, jobs }),
    dispatch: (...channels) => {
      const dispatcher = new Dispatcher({ jobs, channels, clock: systemClock, logger: silentLogger, random: () => 0 });
      dispatchers.push(dispatcher);
      dispatcher.start();
      return dispatcher;
    },
    rows: async () => {
      const sql = `select notification_id as id, status, attempts, reason, recipient from notifications order by created_at, dedup_key`;
      return (await database.db.system.query<Awaited<ReturnType<NotifyFixture['rows']>>[number]>(sql)).rows;
    },
    stop: async () => {
      outbox.stop();
      await Promise.all(dispatchers.map((dispatcher) => dispatcher.stop()));
      await jobs.stop();
      await db.close();
      await proxy.close();
      await database.drop();
    },
  };
}

/** Something to tell. */
export function notification(dedupKey: string, fields: Partial<NewNotification> = {}): NewNotification {
  return {
    ...{ tenantId: 'default', dedupKey, event: 'raised', channel: 'webhook', recipient: 'https://example.com/' },
    ...{ alertId: null, deviceId: null, ruleId: null, content: { text: dedupKey } },
    ...fields,
  };
}

/** Waits until `holds`, `PATIENCE_MS` at most. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endAt = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > endAt) throw new Error(`Waited in vain for: ${what}`);
    await delay(10);
  }
}
