import assert from 'node:assert/strict';
import { offlineRuleId } from '../../src/devices/offline-alerts.ts';
import { WatchedDevices } from '../../src/devices/watched-devices.ts';
import { BASE_MS, device, gateway, OfflineFixture, TENANT } from './offline-run.ts';

describe('devices that go offline', () => {
  let on: OfflineFixture;

  beforeEach(async () => (on = await OfflineFixture.create()));
  afterEach(() => on.end());

  it('raises one alert and queues one e-mail after silence, and one of each when it is back', async () => {
    await on.create('pump-01', 60, 'Pump 1');
    await on.run.pass(1);
    on.run.says('pump-01', device('pump-01'), 'http');
    await on.run.pass(59);
    assert.deepEqual([await on.alerts(), await on.statusOf('pump-01')], [[], 'online']);
    await on.run.pass(30);
    assert.deepEqual([await on.alerts(), await on.statusOf('pump-01')], [['pump-01 active'], 'offline']);
    const [alert] = await on.sql('select * from alerts');
    assert.deepEqual(
      [alert?.['rule_id'], alert?.['rule_name'], alert?.['rule_version'], alert?.['severity'], alert?.['message'], alert?.['threshold']],
      [offlineRuleId(TENANT), 'Device offline', 0, 'warning', 'Pump 1 (pump-01) is offline: nothing was heard of it for 60 s.', 60],
    );
    const [mail] = await on.sql('select * from notifications');
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
    on.run.says('pump-01');
    await on.run.pass(5);
    assert.deepEqual([await on.alerts(), await on.statusOf('pump-01')], [['pump-01 resolved by device is back'], 'online']);
    assert.deepEqual(await on.mails(), ['device_offline pump-01: pump-01', 'device_online pump-01: pump-01']);
    assert.deepEqual(on.run.live, ['raised pump-01', 'resolved pump-01']);
    assert.deepEqual(on.run.published, ['insa/alerts/warning active', 'insa/alerts/warning resolved']);
    const history = await on.sql('select change, actor from alert_history order by history_id');
    assert.deepEqual(history, [
      { change: 'raised', actor: 'platform' },
      { change: 'resolved', actor: 'device is back' },
    ]);
  });

  it('says nothing of devices that nobody watches, and does not take the key of one device for another', async () => {
    await on.create('plain', null);
    await on.create('pump-01');
    await on.run.status('plain', 'online');
    await on.run.status('plain', 'offline');
    await on.run.pass(59);
    on.run.says('pump-01', device('plain'));
    on.run.says('pump-01', { ...gateway('G'), tenantId: 'another' });
    await on.run.pass(2);
    assert.deepEqual(await on.alerts(), ['pump-01 active']);
    await on.run.pass(200);
    assert.deepEqual([await on.alerts(), (await on.mails()).length], [['pump-01 active'], 1]);
  });

  it('waits 30 s for a connection that ended, so that one that is made again raises nothing', async () => {
    await on.create('pump-01', 600);
    await on.run.pass(1);
    await on.run.status('pump-01', 'online');
    await on.run.pass(10);
    await on.run.status('pump-01', 'offline');
    await on.run.pass(29);
    assert.deepEqual(await on.alerts(), []);
    await on.run.status('pump-01', 'online');
    await on.run.pass(60);
    assert.deepEqual(await on.alerts(), []);
    await on.run.status('pump-01', 'offline');
    // What was under way when the connection ended is stored a little later, and is no sign of life.
    on.run.watched.seen('pump-01', on.time.ms);
    await on.run.pass(30);
    assert.deepEqual(await on.alerts(), ['pump-01 active']);
    const [{ message } = {}] = await on.sql('select message from alerts');
    assert.equal(message, 'pump-01 is offline: its connection ended and was not made again.');
    await on.run.status('pump-01', 'online');
    await on.run.pass(1);
    assert.deepEqual(await on.alerts(), ['pump-01 resolved by device is back']);
  });

  it('tells a device that is connected and silent too', async () => {
    await on.create('pump-01', 20);
    await on.run.status('pump-01', 'online');
    await on.run.pass(21);
    assert.deepEqual([await on.alerts(), await on.statusOf('pump-01')], [['pump-01 active'], 'offline']);
  });

  it('tells each once over restarts, and gives devices their time after a start', async () => {
    await on.create('pump-01');
    await on.create('pump-02');
    await on.run.pass(30, () => on.run.says('pump-02'));
    await on.run.pass(31, () => on.run.says('pump-02'));
    assert.deepEqual(await on.alerts(), ['pump-01 active']);
    on.time.ms += 3_600_000;
    await on.restart();
    await on.run.pass(59);
    assert.deepEqual(await on.alerts(), ['pump-01 active'], 'pump-02 has 60 s after the start');
    on.run.says('pump-02');
    on.run.says('pump-01');
    await on.run.pass(2);
    assert.deepEqual(await on.alerts(), ['pump-01 resolved by device is back']);
    await on.restart();
    await on.run.pass(61);
    assert.deepEqual((await on.alerts()).slice(1), ['pump-01 active', 'pump-02 active']);
    await on.restart();
    await on.run.pass(120);
    assert.equal((await on.mails()).length, 4);
    assert.equal((await on.alerts()).length, 3);
  });

  it('does not raise again what a person resolved while the device is away, also over a restart', async () => {
    await on.create('pump-01');
    await on.run.pass(61);
    const [{ alert_id: id } = {}] = await on.sql('select alert_id from alerts');
    await on.run.alerts.resolve(TENANT, String(id), 'ana');
    await on.run.pass(61);
    await on.restart();
    await on.run.pass(121);
    assert.deepEqual(await on.alerts(), ['pump-01 resolved by ana']);
    on.run.says('pump-01');
    await on.run.pass(61);
    assert.deepEqual(await on.alerts(), ['pump-01 resolved by ana', 'pump-01 active']);
  });

  it('does not count the time in which the platform itself did not listen', async () => {
    await on.create('pump-01');
    await on.run.pass(50);
    on.run.isListening = false;
    await on.run.pass(100);
    on.run.isListening = true;
    await on.run.pass(59);
    assert.deepEqual(await on.alerts(), [], 'the database was away');
    on.time.ms += 500_000;
    await on.run.pass(59);
    assert.deepEqual(await on.alerts(), [], 'the machine slept');
    await on.run.pass(3);
    assert.deepEqual(await on.alerts(), ['pump-01 active']);
  });

  it('follows the record: watched from then on, longer or shorter, and no more', async () => {
    await on.create('pump-01', null);
    await on.run.pass(100);
    await on.run.devices.patch(TENANT, 'pump-01', { offline_seconds: 30 });
    await on.run.pass(29);
    assert.deepEqual(await on.alerts(), []);
    await on.run.devices.patch(TENANT, 'pump-01', { name: 'Pump', offline_seconds: 100 });
    await on.run.pass(60);
    assert.deepEqual(await on.alerts(), []);
    await on.run.devices.patch(TENANT, 'pump-01', { offline_seconds: 80 });
    await on.run.pass(1);
    assert.deepEqual(await on.alerts(), ['pump-01 active']);
    await on.run.devices.patch(TENANT, 'pump-01', { offline_seconds: null });
    await on.run.pass(1);
    assert.deepEqual(await on.alerts(), ['pump-01 resolved by device is not watched']);
    assert.deepEqual(await on.mails(), ['device_offline pump-01: pump-01'], 'nobody is told that it is back, because it is not');
  });

  it('counts what a device says right after its record began to be watched, before that was read', async () => {
    await on.create('pump-01', 60);
    on.run.says('pump-01', gateway('G'));
    await on.run.pass(1);
    assert.deepEqual([on.run.watched.get('pump-01')?.heardMs, on.run.watched.get('pump-01')?.gateway], [BASE_MS, 'G']);
  });

  it('tells when a device was seen last although that was written after it began to be watched', async () => {
    await on.create('pump-01', 60);
    await on.run.pass(1);
    const lastSeen = new Date(BASE_MS - 5_000).toISOString();
    await on.sql(`update devices set last_seen_at = '${lastSeen}' where device_id = 'pump-01'`);
    await on.run.pass(62);
    const [mail] = await on.sql('select content from notifications');
    assert.equal((mail?.['content'] as { devices: { last_seen_at: string | null }[] }).devices[0]?.last_seen_at, lastSeen);
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
