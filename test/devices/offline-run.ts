import { AlertService } from '../../src/alerts/alert-service.ts';
import type { PlatformEvents } from '../../src/contracts/events.ts';
import { EventBus } from '../../src/core/events.ts';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Principal } from '../../src/core/principal.ts';
import { DeviceDirectory } from '../../src/devices/device-directory.ts';
import { DeviceService } from '../../src/devices/device-service.ts';
import { OfflineWatch } from '../../src/devices/offline-watch.ts';
import { PresenceService } from '../../src/devices/presence.ts';
import { WatchedDevices } from '../../src/devices/watched-devices.ts';
import type { NewNotification, Outbox } from '../../src/notify/types.ts';
import type { Queryable } from '../../src/storage/database.ts';
import { createTestDatabase, queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

export const TENANT = 'default';
export const BASE_MS = 1_761_582_600_000;
export const device = (id: string): Principal => ({
  ...{ kind: 'device', tenantId: TENANT, deviceId: id, credentialId: 'c', permissions: new Set() },
});
export const gateway = (name: string): Principal => ({
  ...{ kind: 'gateway', tenantId: TENANT, credentialId: 'g', name, autoRegister: false, permissions: new Set() },
});

/** Writes rows as the real one does, in the transaction it is given. */
const outbox: Pick<Outbox, 'enqueue'> = {
  enqueue: async (tx: Queryable, notifications: readonly NewNotification[]) => {
    const ids: string[] = [];
    for (const one of notifications) {
      const id = newUuid();
      const { rowCount } = await tx.query(
        `insert into notifications (notification_id, tenant_id, dedup_key, event, channel, recipient, alert_id, device_id, rule_id, content)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb) on conflict do nothing`,
        [
          id,
          one.tenantId,
          one.dedupKey,
          one.event,
          one.channel,
          one.recipient,
          one.alertId,
          one.deviceId,
          one.ruleId,
          JSON.stringify(one.content),
        ],
      );
      if (rowCount === 1) ids.push(id);
    }
    return ids;
  },
};

/** One run of the platform, as far as it knows devices; time moves second by second, as the watch looks. */
export class Run {
  readonly events = new EventBus<PlatformEvents>();
  readonly watched = new WatchedDevices();
  readonly directory = new DeviceDirectory();
  readonly published: string[] = [];
  readonly live: string[] = [];
  readonly alerts: AlertService;
  readonly presence: PresenceService;
  readonly devices: DeviceService;
  readonly watch: OfflineWatch;
  isListening = true;
  private readonly clock: { nowMs: () => number };
  private readonly time: { ms: number };
  private readonly database: TestDatabase;

  constructor(database: TestDatabase, time: { ms: number }) {
    this.time = time;
    this.database = database;
    this.clock = { nowMs: () => time.ms };
    const { events, directory } = this;
    const shared = { clock: this.clock, events, logger: silentLogger, newId: newUuid };
    this.alerts = new AlertService({
      ...shared,
      db: database.db,
      publisher: {
        publish: (topic, payload) => void this.published.push(`${topic} ${(JSON.parse(payload) as { status: string }).status}`),
      },
      topicOf: (severity) => `insa/alerts/${severity}`,
    });
    events.on('alert.raised', ({ alert }) => this.live.push(`raised ${alert.device_id}`));
    events.on('alert.updated', ({ update }) => this.live.push(`${update.status} ${update.alert.device_id}`));
    this.presence = new PresenceService({ ...shared, database: database.db, devices: directory });
    this.devices = new DeviceService({ ...shared, database: database.db, directory, purger: { kick: () => undefined } });
    this.watch = new OfflineWatch({
      ...{ ...shared, database: database.db, watched: this.watched, directory, presence: this.presence, alerts: this.alerts, outbox },
      recipients: ['ops@example.com', 'lead@example.com'],
      isListening: () => this.isListening,
    });
  }

  async begin(): Promise<void> {
    await this.directory.load(this.database.db);
    await this.presence.start();
    await this.watch.start();
    await this.watch.look();
  }

  /** Ends as a kill does: nothing is written any more. */
  async kill(): Promise<void> {
    await this.watch.stop();
    await this.presence.stop();
    this.alerts.stop();
  }

  async pass(seconds: number, each: () => void = () => undefined): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.time.ms += 1_000;
      each();
      await this.watch.look();
    }
  }

  says(deviceId: string, principal: Principal = device(deviceId), kind: 'mqtt' | 'http' = 'mqtt'): void {
    this.watched.heard({ kind, principal, deviceId, receivedAtMs: this.time.ms });
  }

  status(deviceId: string, status: 'online' | 'offline' | 'error'): Promise<void> {
    return this.presence.setStatus(TENANT, deviceId, status, this.time.ms);
  }
}

/** A database, the time, and the run of the platform that goes on. */
export class OfflineFixture {
  readonly database: TestDatabase;
  readonly time = { ms: BASE_MS };
  run: Run;

  private constructor(database: TestDatabase) {
    this.database = database;
    this.run = new Run(database, this.time);
  }

  static async create(): Promise<OfflineFixture> {
    const fixture = new OfflineFixture(await createTestDatabase());
    await fixture.run.begin();
    return fixture;
  }

  async end(): Promise<void> {
    await this.run.kill();
    await this.database.drop();
  }

  async restart(): Promise<void> {
    await this.run.kill();
    this.run = new Run(this.database, this.time);
    await this.run.begin();
  }

  sql(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return queryOnce(this.database.connection, text, values);
  }

  async create(id: string, offlineSeconds: number | null = 60, name = id): Promise<void> {
    await this.run.devices.create(TENANT, { device_id: id, name, offline_seconds: offlineSeconds });
  }

  /** Every alert, the oldest first: `pump-01 active`, `pump-01 resolved by ana`. */
  async alerts(): Promise<string[]> {
    const rows = await this.sql(
      `select concat_ws(' by ', device_id || ' ' || status, resolved_by) as said from alerts order by known_at, device_id`,
    );
    return rows.map((row) => row['said'] as string);
  }

  /** Every notification with the devices it names. */
  async mails(): Promise<string[]> {
    const rows = await this.sql(`select event, device_id, content from notifications order by created_at, event`);
    return rows.map((row) => {
      const { devices } = row['content'] as { devices: { device_id: string }[] };
      return `${row['event'] as string} ${row['device_id'] as string}: ${devices.map((one) => one.device_id).join(' ')}`;
    });
  }

  async statusOf(id: string): Promise<unknown> {
    return (await this.sql('select status from devices where device_id = $1', [id]))[0]?.['status'];
  }
}
