import assert from 'node:assert/strict';
import { AlertService } from '../../src/alerts/alert-service.ts';
import type { PlatformEvents } from '../../src/contracts/events.ts';
import { EventBus } from '../../src/core/events.ts';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Principal } from '../../src/core/principal.ts';
import { DeviceDirectory } from '../../src/devices/device-directory.ts';
import { DeviceService } from '../../src/devices/device-service.ts';
import { offlineRuleId } from '../../src/devices/offline-alerts.ts';
import { OfflineWatch } from '../../src/devices/offline-watch.ts';
import { PresenceService } from '../../src/devices/presence.ts';
import { WatchedDevices } from '../../src/devices/watched-devices.ts';
import type { NewNotification, Outbox } from '../../src/notify/types.ts';
import type { Queryable } from '../../src/storage/database.ts';
import { createTestDatabase, queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const TENANT = 'default';
const BASE_MS = 1_761_582_600_000;
const device = (id: string): Principal => ({
  ...{ kind: 'device', tenantId: TENANT, deviceId: id, credentialId: 'c', permissions: new Set() },
});
const gateway = (name: string): Principal => ({
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
class Run {
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

  constructor(database: TestDatabase, time: { ms: number }) {
    this.time = time;
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

  static async start(database: TestDatabase, time: { ms: number }): Promise<Run> {
    const run = new Run(database, time);
    await run.directory.load(database.db);
    await run.presence.start();
    await run.watch.start();
    await run.watch.look();
    return run;
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

describe('devices that go offline', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let run: Run;
  const time = { ms: BASE_MS };

  beforeEach(async () => {
    database = await createTestDatabase();
    time.ms = BASE_MS;
    run = await Run.start(database, time);
  });
  afterEach(async () => {
    await run.kill();
    await database.drop();
  });

  const sql = (text: string, values: unknown[] = []) => queryOnce(database.connection, text, values);
  const create = (id: string, offlineSeconds: number | null = 60, name = id) =>
    run.devices.create(TENANT, { device_id: id, name, offline_seconds: offlineSeconds });
  const alerts = async (): Promise<string[]> =>
    (await sql(`select device_id, status, resolved_by from alerts order by known_at, device_id`)).map(
      (row) =>
        `${String(row['device_id'])} ${String(row['status'])}${row['resolved_by'] === null ? '' : ` by ${String(row['resolved_by'])}`}`,
    );
  const mails = async (): Promise<string[]> =>
    (await sql(`select event, device_id, recipient, content from notifications order by created_at, event`)).map((row) => {
      const { devices } = row['content'] as { devices: { device_id: string }[] };
      return `${String(row['event'])} ${String(row['device_id'])}: ${devices.map((one) => one.device_id).join(' ')}`;
    });
  const statusOf = async (id: string): Promise<unknown> =>
    (await sql('select status from devices where device_id = $1', [id]))[0]?.['status'];
  const restart = async (): Promise<void> => {
    await run.kill();
    run = await Run.start(database, time);
  };

  it('raises one alert and queues one e-mail after silence, and one of each when it is back', async () => {
    await create('pump-01', 60, 'Pump 1');
    await run.pass(1);
    run.says('pump-01', device('pump-01'), 'http');
    await run.pass(59);
    assert.deepEqual([await alerts(), await statusOf('pump-01')], [[], 'online']);
    await run.pass(30);
    assert.deepEqual([await alerts(), await statusOf('pump-01')], [['pump-01 active'], 'offline']);
    const [alert] = await sql('select * from alerts');
    assert.deepEqual(
      [alert?.['rule_id'], alert?.['rule_name'], alert?.['rule_version'], alert?.['severity'], alert?.['message'], alert?.['threshold']],
      [offlineRuleId(TENANT), 'Device offline', 0, 'warning', 'Pump 1 (pump-01) is offline: nothing was heard of it for 60 s.', 60],
    );
    const [mail] = await sql('select * from notifications');
    assert.deepEqual(
      [mail?.['event'], mail?.['channel'], mail?.['recipient'], mail?.['alert_id'], mail?.['content']],
      [
        'device_offline',
        'email',
        'ops@example.com, lead@example.com',
        alert?.['alert_id'],
        {
          devices: [{ device_id: 'pump-01', name: 'Pump 1', last_seen_at: new Date(BASE_MS + 1_000).toISOString() }],
          gateway: null,
          at: new Date(BASE_MS + 61_000).toISOString(),
        },
      ],
    );
    run.says('pump-01');
    await run.pass(5);
    assert.deepEqual([await alerts(), await statusOf('pump-01')], [['pump-01 resolved by device is back'], 'online']);
    assert.deepEqual(await mails(), ['device_offline pump-01: pump-01', 'device_online pump-01: pump-01']);
    assert.deepEqual(run.live, ['raised pump-01', 'resolved pump-01']);
    assert.deepEqual(run.published, ['insa/alerts/warning active', 'insa/alerts/warning resolved']);
    const history = await sql('select change, actor from alert_history order by history_id');
    assert.deepEqual(history, [
      { change: 'raised', actor: 'platform' },
      { change: 'resolved', actor: 'device is back' },
    ]);
  });

  it('says nothing of devices that nobody watches, and does not take the key of one device for another', async () => {
    await create('plain', null);
    await create('pump-01');
    await run.status('plain', 'online');
    await run.status('plain', 'offline');
    await run.pass(59);
    run.says('pump-01', device('plain'));
    run.says('pump-01', { ...gateway('G'), tenantId: 'another' });
    await run.pass(2);
    assert.deepEqual(await alerts(), ['pump-01 active']);
    await run.pass(200);
    assert.deepEqual([await alerts(), (await mails()).length], [['pump-01 active'], 1]);
  });

  it('waits 30 s for a connection that ended, so that one that is made again raises nothing', async () => {
    await create('pump-01', 600);
    await run.pass(1);
    await run.status('pump-01', 'online');
    await run.pass(10);
    await run.status('pump-01', 'offline');
    await run.pass(29);
    assert.deepEqual(await alerts(), []);
    await run.status('pump-01', 'online');
    await run.pass(60);
    assert.deepEqual(await alerts(), []);
    await run.status('pump-01', 'offline');
    // What was under way when the connection ended is stored a little later, and is no sign of life.
    run.watched.seen('pump-01', time.ms);
    await run.pass(30);
    assert.deepEqual(await alerts(), ['pump-01 active']);
    const [{ message } = {}] = await sql('select message from alerts');
    assert.equal(message, 'pump-01 is offline: its connection ended and was not made again.');
    await run.status('pump-01', 'online');
    await run.pass(1);
    assert.deepEqual(await alerts(), ['pump-01 resolved by device is back']);
  });

  it('tells a device that is connected and silent too', async () => {
    await create('pump-01', 20);
    await run.status('pump-01', 'online');
    await run.pass(21);
    assert.deepEqual([await alerts(), await statusOf('pump-01')], [['pump-01 active'], 'offline']);
  });

  it('tells each once over restarts, and gives devices their time after a start', async () => {
    await create('pump-01');
    await create('pump-02');
    await run.pass(30, () => run.says('pump-02'));
    await run.pass(31, () => run.says('pump-02'));
    assert.deepEqual(await alerts(), ['pump-01 active']);
    time.ms += 3_600_000;
    await restart();
    await run.pass(59);
    assert.deepEqual(await alerts(), ['pump-01 active'], 'pump-02 has 60 s after the start');
    run.says('pump-02');
    run.says('pump-01');
    await run.pass(2);
    assert.deepEqual(await alerts(), ['pump-01 resolved by device is back']);
    await restart();
    await run.pass(61);
    assert.deepEqual((await alerts()).slice(1), ['pump-01 active', 'pump-02 active']);
    await restart();
    await run.pass(120);
    assert.equal((await mails()).length, 4);
    assert.equal((await alerts()).length, 3);
  });

  it('does not raise again what a person resolved while the device is away, also over a restart', async () => {
    await create('pump-01');
    await run.pass(61);
    const [{ alert_id: id } = {}] = await sql('select alert_id from alerts');
    await run.alerts.resolve(TENANT, String(id), 'ana');
    await run.pass(61);
    await restart();
    await run.pass(121);
    assert.deepEqual(await alerts(), ['pump-01 resolved by ana']);
    run.says('pump-01');
    await run.pass(61);
    assert.deepEqual(await alerts(), ['pump-01 resolved by ana', 'pump-01 active']);
  });

  it('does not count the time in which the platform itself did not listen', async () => {
    await create('pump-01');
    await run.pass(50);
    run.isListening = false;
    await run.pass(100);
    run.isListening = true;
    await run.pass(59);
    assert.deepEqual(await alerts(), [], 'the database was away');
    time.ms += 500_000;
    await run.pass(59);
    assert.deepEqual(await alerts(), [], 'the machine slept');
    await run.pass(3);
    assert.deepEqual(await alerts(), ['pump-01 active']);
  });

  it('follows the record: watched from then on, longer or shorter, and no more', async () => {
    await create('pump-01', null);
    await run.pass(100);
    await run.devices.patch(TENANT, 'pump-01', { offline_seconds: 30 });
    await run.pass(29);
    assert.deepEqual(await alerts(), []);
    await run.devices.patch(TENANT, 'pump-01', { name: 'Pump', offline_seconds: 100 });
    await run.pass(60);
    assert.deepEqual(await alerts(), []);
    await run.devices.patch(TENANT, 'pump-01', { offline_seconds: 80 });
    await run.pass(1);
    assert.deepEqual(await alerts(), ['pump-01 active']);
    await run.devices.patch(TENANT, 'pump-01', { offline_seconds: null });
    await run.pass(1);
    assert.deepEqual(await alerts(), ['pump-01 resolved by device is not watched']);
    assert.deepEqual(await mails(), ['device_offline pump-01: pump-01'], 'nobody is told that it is back, because it is not');
  });

  describe('behind a gateway', () => {
    const ids = Array.from({ length: 23 }, (_, i) => `s-${String(i).padStart(2, '0')}`);

    beforeEach(async () => {
      for (const id of ids) await create(id, 60, `Sensor ${id}`);
      run.watched.gatewayConnected(TENANT, 'Hall A', time.ms);
      await run.pass(1);
      for (const id of ids) run.says(id, gateway('Hall A'));
      await run.pass(10);
    });

    const lose = () => run.watched.gatewayDisconnected(TENANT, 'Hall A', time.ms);
    const comeBack = () => run.watched.gatewayConnected(TENANT, 'Hall A', time.ms);

    it('raises one alert that lists the devices, and resolves it when the gateway is back', async () => {
      lose();
      await run.pass(100);
      assert.deepEqual(await alerts(), ['gateway:Hall A active']);
      const [{ message } = {}] = await sql('select message from alerts');
      assert.match(String(message), /^The gateway "Hall A" is offline, and with it 23 devices: Sensor s-00, .*Sensor s-19 and 3 more\.$/);
      const told = await sql(`select status, count(*)::int as n from devices group by 1`);
      assert.deepEqual(told, [{ status: 'offline', n: 23 }]);
      assert.deepEqual(
        (await mails()).map((mail) => mail.slice(0, 45)),
        [`device_offline gateway:Hall A: s-00 s-01 s-02`],
      );

      // One returns by another way: that resolves nothing.
      run.says('s-00');
      await run.pass(1);
      assert.deepEqual([await alerts(), await statusOf('s-00')], [['gateway:Hall A active'], 'online']);

      comeBack();
      await run.pass(1);
      assert.deepEqual(await alerts(), ['gateway:Hall A resolved by device is back']);
      // All but one speak again; that one has its own time, and then an alert of its own.
      for (const id of ids.filter((one) => one !== 's-07')) run.says(id, gateway('Hall A'));
      await run.pass(58);
      assert.equal((await alerts()).length, 1);
      await run.pass(1, () => ids.forEach((id) => id === 's-07' || run.says(id, gateway('Hall A'))));
      await run.pass(5, () => run.says('s-01', gateway('Hall A')));
      assert.deepEqual((await alerts()).slice(1), ['s-07 active']);
      assert.deepEqual(
        (await mails()).map((mail) => mail.split(':')[0]),
        ['device_offline gateway', 'device_online gateway', 'device_offline s-07'],
      );
    });

    it('raises nothing when the gateway connects again in time', async () => {
      lose();
      await run.pass(25);
      comeBack();
      await run.pass(59);
      for (const id of ids) run.says(id, gateway('Hall A'));
      await run.pass(30);
      assert.deepEqual(await alerts(), []);
    });

    it('tells one silent device by itself while the gateway passes others on', async () => {
      await run.pass(70, () => ids.forEach((id) => id === 's-07' || run.says(id, gateway('Hall A'))));
      assert.deepEqual(await alerts(), ['s-07 active']);
    });

    it('waits for what the broker says of a gateway that falls silent with all its devices', async () => {
      // Its power failed: the broker notices that after one and a half keep-alive times only.
      await run.pass(90);
      assert.deepEqual(await alerts(), []);
      lose();
      await run.pass(31);
      assert.deepEqual(await alerts(), ['gateway:Hall A active']);
    });

    it('tells a gateway that stays connected and passes nothing on', async () => {
      await run.pass(50 + 119);
      assert.deepEqual(await alerts(), []);
      await run.pass(2);
      assert.deepEqual(await alerts(), ['gateway:Hall A active']);
      const [{ message } = {}] = await sql('select message from alerts');
      assert.match(String(message), /^The gateway "Hall A" passes nothing on, and 23 devices behind it fell silent: /);
      for (const id of ids) run.says(id, gateway('Hall A'));
      await run.pass(3);
      assert.deepEqual(await alerts(), ['gateway:Hall A resolved by device is back']);
      assert.equal(await statusOf('s-03'), 'online');
    });

    it('is one alert over restarts too, whether it went before or after', async () => {
      await restart();
      await run.pass(61);
      assert.deepEqual(await alerts(), ['gateway:Hall A active']);
      await restart();
      await run.pass(200);
      assert.deepEqual([await alerts(), (await mails()).length], [['gateway:Hall A active'], 1]);
      comeBack();
      for (const id of ids) run.says(id, gateway('Hall A'));
      await run.pass(2);
      assert.deepEqual(await alerts(), ['gateway:Hall A resolved by device is back']);
    });

    it('is a gateway of MQTT: one that speaks HTTP has no session, and its devices are told one by one', async () => {
      for (const id of ids.slice(0, 2)) run.says(id, gateway('Hall A'), 'http');
      await run.pass(30, () => ids.slice(2).forEach((id) => run.says(id, gateway('Hall A'))));
      await run.pass(31, () => ids.slice(2).forEach((id) => run.says(id, gateway('Hall A'))));
      assert.deepEqual(await alerts(), ['s-00 active', 's-01 active']);
    });
  });

  it('finds each of ten thousand devices in one look', () => {
    const watched = new WatchedDevices();
    for (let i = 0; i < 10_000; i++) {
      watched.add({
        ...{ tenantId: TENANT, deviceId: `d-${String(i)}`, name: 'd', offlineSeconds: 60, status: 'online', statusAtMs: BASE_MS },
        ...{
          heardMs: BASE_MS,
          lastSeenMs: null,
          lostMs: null,
          sinceMs: BASE_MS,
          gateway: null,
          storedGateway: null,
          downMs: null,
          told: null,
        },
      });
    }
    assert.equal(watched.judge(BASE_MS + 59_999).length, 0);
    assert.equal(watched.judge(BASE_MS + 60_000).length, 10_000);
  });
});
