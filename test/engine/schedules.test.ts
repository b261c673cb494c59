import assert from 'node:assert/strict';
import type { AuthoredRule, ScheduleConditions } from '../../src/contracts/rules.ts';
import { OfflineDevices } from '../../src/devices/offline-devices.ts';
import type { OpenDatabase } from '../../src/storage/postgres.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { addSeries, Keeper, Line, point, preparePartitions } from './line.ts';
import { BASE_MS, TENANT, TestClock, addDevices, until } from './support.ts';

/** The base is 16:30 UTC, so this is due 300 s after it and every 300 s. */
const EVERY_5_MINUTES = { schedule: '*/5 * * * *', timezone: 'UTC' };

function scheduled(
  conditions: Partial<ScheduleConditions> & Pick<ScheduleConditions, 'check'>,
  scope: AuthoredRule['scope'] = {},
): AuthoredRule {
  return {
    name: 'Watch',
    rule_type: 'schedule',
    scope,
    conditions: { ...EVERY_5_MINUTES, ...conditions },
    severity: 'warning',
    message: '',
  };
}

const offline = scheduled({ check: 'device_offline', offline_seconds: 120 });
const silent = scheduled({ check: 'no_data', key: 'temperature', seconds: 120 }, { device_id: 'pump-01' });

function iso(at: number): string {
  return new Date(BASE_MS + at * 1_000).toISOString();
}

describe('rules by schedule', () => {
  let database: TestDatabase;
  let clock: TestClock;
  let line: Line;

  beforeEach(async () => {
    database = await createTestDatabase();
    await addDevices(database);
    await preparePartitions(database);
    await addSeries(database.db, ['pump-01'], ['temperature']);
    clock = new TestClock();
    line = await start();
  });

  afterEach(async () => {
    await line.stop();
    await database.drop();
  });

  /** The platform starts: presence is read as it was left. */
  async function start(db: OpenDatabase = database.db, firstBatch = 0): Promise<Line> {
    let presence: OfflineDevices | undefined;
    const started = new Line(db, { clock, firstBatch, presence: (events) => (presence = new OfflineDevices(events)) });
    await presence?.load(database.db, clock.nowMs());
    await started.plant.engine.start();
    return started;
  }

  /** The device comes or goes, now. */
  async function presence(deviceId: string, status: 'online' | 'offline'): Promise<void> {
    const timestamp = new Date(clock.nowMs()).toISOString();
    await database.db.system.query('update devices set status = $2, status_at = $3 where device_id = $1', [deviceId, status, timestamp]);
    line.plant.events.emit('device.status', { tenantId: TENANT, update: { device_id: deviceId, status, timestamp } });
    await line.settled();
  }

  async function timersAt(at: number): Promise<void> {
    clock.at(at);
    await line.runTimers();
  }

  const shown = async (): Promise<string[]> =>
    (await line.alerts()).map(
      ({ device_id: id, status, raised_at: raised, resolved_at: over }) =>
        `${id} ${status} ${raised.slice(14, 19)}-${over?.slice(14, 19) ?? ''}`,
    );
  const rows = async (): Promise<string[]> => {
    const found = await database.db.system.query<{ id: string; due: Date }>(
      'select device_id as id, due_at as due from rule_states order by 1',
    );
    return found.rows.map(({ id, due }) => `${id} ${due.toISOString().slice(11, 19)}`);
  };

  it('have a timer as a row for each device of their scope, whether it ever sent anything', async () => {
    await line.wire(offline);
    await line.settled();
    assert.deepEqual(await rows(), ['boiler-01 16:35:00', 'pump-01 16:35:00']);
    await timersAt(300);
    assert.deepEqual(await rows(), ['boiler-01 16:40:00', 'pump-01 16:40:00']);
    await timersAt(1_000);
    assert.deepEqual(await rows(), ['boiler-01 16:50:00', 'pump-01 16:50:00'], 'times that nobody was there for are one');
  });

  it('watch a device from its registration on, and not any more when it is moved away or removed', async () => {
    await line.wire(scheduled({ check: 'always' }, { device_type: 'pump' }));
    await timersAt(10);
    await database.db.system.query(`insert into devices (device_id, tenant_id, name) values ('pump-02', 'default', 'Pump 2')`);
    line.plant.devices.set('pump-02', { name: 'Pump 2', type: 'pump', location: '' });
    line.plant.events.emit('device.changed', { tenantId: TENANT, deviceId: 'pump-02', change: 'created' });
    await line.settled();
    assert.deepEqual(await rows(), ['pump-01 16:35:00', 'pump-02 16:35:00']);
    await timersAt(300);
    assert.deepEqual(await shown(), ['pump-01 active 35:00-', 'pump-02 active 35:00-']);
    line.plant.devices.set('pump-02', { name: 'Pump 2', type: 'fan', location: '' });
    line.plant.events.emit('device.changed', { tenantId: TENANT, deviceId: 'pump-02', change: 'updated' });
    await database.db.system.query(`delete from devices where device_id = 'pump-01'`);
    line.plant.devices.delete('pump-01');
    line.plant.events.emit('device.changed', { tenantId: TENANT, deviceId: 'pump-01', change: 'removed' });
    await until('both are resolved', async () => (await shown()).every((text) => text.includes('resolved')));
    await timersAt(600);
    assert.equal((await shown()).length, 2);
    assert.deepEqual(await rows(), []);
  });

  it('raise each time anew when they check nothing', async () => {
    await line.wire(scheduled({ check: 'always' }, { device_id: 'pump-01' }));
    for (const at of [300, 600, 900]) await timersAt(at);
    assert.deepEqual(await shown(), ['pump-01 resolved 35:00-40:00', 'pump-01 resolved 40:00-45:00', 'pump-01 active 45:00-']);
  });

  it('find who is offline for long enough, count on, and clear at once when it is back', async () => {
    await line.wire(offline);
    clock.at(60);
    await presence('pump-01', 'offline');
    clock.at(200);
    await presence('boiler-01', 'offline');
    await timersAt(300);
    assert.deepEqual(await shown(), ['pump-01 active 35:00-'], 'the boiler has not been away for two minutes');
    assert.deepEqual([line.plant.sent[0]?.value, line.plant.sent[0]?.since], [240, iso(60)]);
    await timersAt(600);
    assert.deepEqual(
      (await line.alerts()).map(({ device_id: id, occurrences }) => [id, occurrences]),
      [
        ['pump-01', 2],
        ['boiler-01', 1],
      ],
    );
    clock.at(612);
    await presence('pump-01', 'online');
    assert.deepEqual(await shown(), ['pump-01 resolved 35:00-40:12', 'boiler-01 active 40:00-']);
  });

  it('find who was offline before the start', async () => {
    clock.at(-3_600);
    await presence('pump-01', 'offline');
    clock.at(0);
    await line.stop();
    line = await start();
    await line.wire(offline);
    await timersAt(300);
    assert.deepEqual(
      line.plant.sent.map(({ device_id: id, value, since }) => [id, value, since]),
      [['pump-01', 3_900, iso(-3_600)]],
    );
  });

  it('find who was online when the platform ended and has never come back, counted from the start', async () => {
    for (const deviceId of ['pump-01', 'boiler-01']) await presence(deviceId, 'online');
    await line.wire(offline);
    await line.stop();
    clock.at(400);
    line = await start();
    await line.wire(offline);
    await timersAt(401);
    assert.deepEqual(await shown(), [], 'nobody had the time to connect');
    await timersAt(500);
    await presence('boiler-01', 'online');
    await timersAt(600);
    assert.deepEqual(
      line.plant.sent.map(({ device_id: id, value, since }) => [id, value, since]),
      [['pump-01', 200, iso(400)]],
    );
    clock.at(601);
    await presence('pump-01', 'online');
    assert.deepEqual(await shown(), ['pump-01 resolved 40:00-40:01']);
  });

  it('clear when a device came back while a deploy had closed their node', async () => {
    const session = await line.wire(offline);
    await presence('pump-01', 'offline');
    await timersAt(300);
    await session.close(false);
    clock.at(310);
    await presence('pump-01', 'online');
    clock.at(320);
    await line.wire(offline);
    await line.settled();
    assert.deepEqual(await shown(), ['pump-01 resolved 35:00-35:20']);
  });

  it('clear when a device came back while stored readings were being judged', async () => {
    await line.wire(offline);
    await presence('pump-01', 'offline');
    await timersAt(300);
    await line.take('boiler-01', [], { unjudged: true });
    await line.stop();
    line = await start(database.db, line.lastBatch);
    await line.wire(offline);
    clock.at(310);
    await presence('pump-01', 'online');
    assert.deepEqual(await shown(), ['pump-01 active 35:00-']);
    await line.catchUp();
    await line.settled();
    assert.deepEqual(await shown(), ['pump-01 resolved 35:00-35:10']);
  });

  it('find who is silent, and clear at once when it is heard', async () => {
    await line.wire(silent);
    clock.at(100);
    await line.take('pump-01', [point('temperature', 100, 1)]);
    await timersAt(300);
    assert.deepEqual(
      line.plant.sent.map(({ value, since }) => [value, since]),
      [[200, iso(100)]],
    );
    clock.at(333);
    await line.take('pump-01', [point('temperature', 333, 1)]);
    await line.settled();
    assert.deepEqual(await shown(), ['pump-01 resolved 35:00-35:33']);
    clock.at(500);
    await line.take('pump-01', [point('temperature', 500, 1)]);
    await timersAt(600);
    assert.equal((await shown()).length, 1);
  });

  it('count silence from the newest stored reading when they are new, and from their beginning without one', async () => {
    line.end();
    clock.at(-2_000);
    line = await start();
    clock.at(-1_000);
    await line.take('pump-01', [point('temperature', -1_000, 1)]);
    clock.at(0);
    await line.wire({ ...silent, scope: {} });
    await timersAt(300);
    assert.deepEqual(line.plant.sent.map(({ device_id: id, value }) => [id, value]).toSorted(), [
      ['boiler-01', 300],
      ['pump-01', 1_300],
    ]);
  });

  it('wake nobody for silence while the platform was down and could not hear', async () => {
    await line.wire(silent);
    await line.settled();
    line.end();
    clock.at(1_000);
    line = await start();
    await line.wire(silent);
    await line.runTimers();
    assert.deepEqual(await shown(), []);
    await timersAt(1_200);
    assert.deepEqual(
      line.plant.sent.map(({ kind, value }) => [kind, value]),
      [['raised', 200]],
    );
  });

  it('do not call silent what was stored and not judged when the platform was killed', async () => {
    await line.wire(silent);
    await line.settled();
    clock.at(290);
    await line.take('pump-01', [point('temperature', 290, 1)], { unjudged: true });
    line.end();
    clock.at(310);
    line = await start(database.db, line.lastBatch);
    await line.wire(silent);
    await line.runTimers();
    await line.catchUp();
    await line.runTimers();
    assert.deepEqual(await shown(), []);
    assert.deepEqual(await rows(), ['pump-01 16:40:00']);
  });

  it('make up for what was due while the platform was down by one look', async () => {
    await line.wire(offline);
    await presence('pump-01', 'offline');
    await line.settled();
    line.end();
    clock.at(1_000);
    line = await start();
    await line.wire(offline);
    await line.runTimers();
    assert.deepEqual(await shown(), ['pump-01 active 35:00-']);
    assert.deepEqual(
      line.plant.sent.map(({ value, occurrences }) => [value, occurrences]),
      [[300, 1]],
    );
    await timersAt(1_200);
    assert.deepEqual(
      (await line.alerts()).map(({ occurrences }) => occurrences),
      [2],
    );
  });

  it('never store what they decided before the decision itself', async () => {
    const rule = scheduled({ check: 'always' }, { device_id: 'pump-01' });
    await line.wire(rule);
    await line.stop();
    // From the first gated transaction on, nothing else reaches the database.
    const gate = { isShut: false, waiting: [] as (() => void)[] };
    const gated: OpenDatabase = {
      ...database.db,
      system: database.db.system,
      transaction: async (work) => {
        if (gate.isShut) {
          if (gate.waiting.length > 0) throw new Error('The cable is cut.');
          await new Promise<void>((resolve) => gate.waiting.push(resolve));
        }
        return database.db.transaction(work);
      },
    };
    line = await start(gated);
    await line.wire(rule);
    line.plant.events.emit('device.status', { tenantId: TENANT, update: { device_id: 'pump-01', status: 'online', timestamp: '' } });
    gate.isShut = true;
    const checkpoint = line.plant.engine.checkpoint();
    await until('the checkpoint is on its way', () => gate.waiting.length > 0);
    clock.at(300);
    line.plant.engine.runTimers();
    for (const open of gate.waiting) open();
    await checkpoint;
    line.end();
    line = await start();
    await line.wire(rule);
    await line.runTimers();
    await line.settled();
    assert.deepEqual(await shown(), ['pump-01 active 35:00-']);
  });

  it('end when a stored one is switched off, and have no timers any more', async () => {
    const keeper = new Keeper(database.db, clock);
    const ruleId = await keeper.create(scheduled({ check: 'always' }, { device_id: 'pump-01' }));
    await line.openStored();
    await timersAt(300);
    await keeper.toggle(ruleId, false, line.plant);
    await timersAt(600);
    assert.deepEqual(await rows(), []);
    assert.deepEqual(
      (await line.alerts()).map(({ resolved_by: by }) => by),
      ['rule disabled'],
    );
    await keeper.toggle(ruleId, true, line.plant);
    await line.settled();
    assert.deepEqual(await rows(), ['pump-01 16:45:00']);
  });

  it('go on by the new schedule when theirs is changed, and keep what is active', async () => {
    const keeper = new Keeper(database.db, clock);
    const ruleId = await keeper.create(offline);
    await line.openStored();
    await presence('pump-01', 'offline');
    await timersAt(300);
    const hourly = scheduled({ ...offline.conditions, check: 'device_offline', schedule: '0 * * * *' });
    await keeper.edit(ruleId, hourly, 'keep', line.plant);
    await line.settled();
    assert.deepEqual(await rows(), ['boiler-01 17:00:00', 'pump-01 17:00:00']);
    await timersAt(600);
    assert.deepEqual(
      (await line.alerts()).map(({ status, occurrences }) => [status, occurrences]),
      [['active', 1]],
    );
    clock.at(610);
    await presence('pump-01', 'online');
    assert.deepEqual(await shown(), ['pump-01 resolved 35:00-40:10']);
  });
});
