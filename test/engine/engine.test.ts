import assert from 'node:assert/strict';
import { requestIdOf } from '../../src/contracts/request-id.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { BASE_MS, TENANT, addDevices, highTemperature, layCable, plantOn, reading, until } from './support.ts';
import type { Plant } from './support.ts';

describe('rule engine', () => {
  let database: TestDatabase;
  let plant: Plant;

  beforeEach(async () => {
    database = await createTestDatabase();
    await addDevices(database);
    plant = plantOn(database.db);
    await plant.engine.start();
  });

  afterEach(async () => {
    plant.alerts.stop();
    await plant.engine.stop();
    await database.drop();
  });

  const kinds = (from = plant): string[] => from.sent.map(({ kind, device_id: device }) => `${kind} ${device}`);
  const rows = async (sql: string): Promise<Record<string, unknown>[]> =>
    (await database.db.system.query(sql)).rows as Record<string, unknown>[];

  it('records a decision with the state it left before it is sent', async () => {
    const session = await plant.open();
    plant.clock.at(1.5);
    const telemetry = reading(1, 51.5);
    session.judge(telemetry);
    await until('the transition is sent', () => plant.sent.length === 1);
    const { id, ...transition } = plant.sent[0] ?? assert.fail('nothing was sent');
    assert.deepEqual(transition, {
      tenant_id: TENANT,
      kind: 'raised',
      rule_id: transition.rule_id,
      rule_version: 1,
      rule_name: 'High temperature',
      device_id: 'pump-01',
      key: 'temperature',
      severity: 'warning',
      message: 'Pump 1: 51.5 °C is over 50',
      value: 51.5,
      threshold: 50,
      unit: '°C',
      occurrences: 1,
      at: new Date(BASE_MS + 1_000).toISOString(),
      since: new Date(BASE_MS + 1_000).toISOString(),
      known_at: new Date(BASE_MS + 1_500).toISOString(),
      inputs: [{ device_id: 'pump-01', key: 'temperature', value: 51.5, at: new Date(BASE_MS + 1_000).toISOString() }],
      request_id: requestIdOf(telemetry),
    });
    const stored = await rows(
      `select t.transition_id, s.state ->> 'phase' as phase, t.consumed_at from rule_transitions t join rule_states s using (rule_id, device_id)`,
    );
    assert.deepEqual(stored, [{ transition_id: id, phase: 'active', consumed_at: null }]);
    assert.deepEqual(session.summary(), { activeDevices: 1, activeSinceMs: BASE_MS + 1_000, lastValue: 51.5, lastDeviceId: 'pump-01' });
  });

  it('judges every device by itself and only those in its scope', async () => {
    const all = await plant.open();
    const pumps = await plant.open({ scope: { device_type: 'pump', location: '' } }, 'node-2');
    const one = await plant.open({ scope: { device_id: 'boiler-01' } }, 'node-3');
    const foreign = { ...reading(1, 60), tenant_id: 'other' };
    for (const session of [all, pumps, one]) {
      session.judge(reading(1, 60));
      session.judge(reading(1, 60, { deviceId: 'boiler-01' }));
      session.judge(reading(1, 60, { deviceId: 'unregistered' }));
      session.judge(foreign);
    }
    await until('all are sent', () => plant.sent.length >= 4);
    await plant.engine.checkpoint();
    assert.deepEqual(kinds().sort(), ['raised boiler-01', 'raised boiler-01', 'raised pump-01', 'raised pump-01']);
  });

  it('judges the readings of one message in the order of their times', async () => {
    const session = await plant.open({ conditions: { key: 'temperature', operator: '>', value: 50 } });
    const newestFirst = reading(3, 40);
    newestFirst.points.push(...reading(2, 60).points, ...reading(1, 40).points);
    session.judge(newestFirst);
    await until('both are sent', () => plant.sent.length === 2);
    assert.deepEqual(kinds(), ['raised pump-01', 'cleared pump-01']);
  });

  it('does nothing for a message that comes twice', async () => {
    const session = await plant.open();
    const message = reading(1, 60);
    session.judge(message);
    session.judge({ ...message, replay: true });
    session.judge(message);
    await plant.engine.checkpoint();
    assert.deepEqual(kinds(), ['raised pump-01']);
  });

  it('makes a new version only when the definition changed', async () => {
    for (const [rule, version] of [
      [{}, 1],
      [{}, 1],
      [{ severity: 'critical' as const }, 2],
      [{ severity: 'critical' as const }, 2],
      [{}, 3],
    ] as const) {
      const session = await plant.open(rule);
      await session.close(false);
      const found = await rows(
        'select r.version, count(*)::int as versions from rules r join rule_versions v using (rule_id) group by r.version',
      );
      assert.deepEqual(found, [{ version, versions: version }]);
    }
  });

  it('keeps a running duration over a deploy, to the second', async () => {
    const conditions = { key: 'temperature', operator: '>' as const, value: 50, duration_seconds: 60 };
    const before = await plant.open({ conditions });
    before.judge(reading(0, 55));
    before.judge(reading(50, 56));
    await before.close(false);
    const after = await plant.open({ conditions });
    plant.clock.at(59.9);
    plant.engine.runTimers();
    await plant.engine.checkpoint();
    assert.deepEqual(kinds(), []);
    plant.clock.at(60);
    plant.engine.runTimers();
    await until('it is raised', () => plant.sent.length === 1);
    assert.equal(plant.sent[0]?.at, new Date(BASE_MS + 60_000).toISOString());
    assert.equal(plant.sent[0].message, 'Pump 1: 56 °C is over 50');
    after.judge(reading(61, 57));
    await plant.engine.checkpoint();
    assert.deepEqual(kinds(), ['raised pump-01']);
  });

  it('lets a closed node wait for its next opening, and ignores what reaches the old one', async () => {
    const conditions = { key: 'temperature', operator: '>' as const, value: 50, duration_seconds: 60 };
    const before = await plant.open({ conditions });
    before.judge(reading(0, 55));
    before.judge(reading(30, 55));
    await before.close(false);
    before.judge(reading(40, 20));
    plant.clock.at(61);
    plant.engine.runTimers();
    await plant.engine.checkpoint();
    assert.deepEqual(await rows('select 1 from rule_transitions'), []);
    await plant.open({ conditions });
    plant.engine.runTimers();
    await until('it is raised', () => plant.sent.length === 1);
  });

  it('completes a duration only when the device is not offline, and at once when it is back', async () => {
    const session = await plant.open({ conditions: { key: 'temperature', operator: '>', value: 50, duration_seconds: 60 } });
    session.judge(reading(0, 55));
    session.judge(reading(55, 55));
    plant.offline.add('pump-01');
    plant.clock.at(60);
    plant.engine.runTimers();
    plant.clock.at(61);
    plant.engine.runTimers();
    await plant.engine.checkpoint();
    assert.deepEqual(kinds(), []);
    plant.offline.delete('pump-01');
    plant.events.emit('device.status', { tenantId: TENANT, update: { device_id: 'pump-01', status: 'online', timestamp: '' } });
    await until('it is raised', () => plant.sent.length === 1);
  });

  it('sends again what nobody applied, in order, and nothing that was', async () => {
    const before = await plant.open();
    before.judge(reading(1, 60));
    before.judge(reading(2, 40));
    before.judge(reading(3, 60));
    await until('three are sent', () => plant.sent.length === 3);
    const [first, second, third] = plant.sent.splice(0);
    assert.ok(first && second && third);
    await plant.alerts.apply(first);
    await before.close(false);
    await plant.open();
    await until('two are sent again', () => plant.sent.length === 2);
    assert.deepEqual(plant.sent, [second, third]);
  });

  it('resolves what a removed rule had raised and starts anew when it is back', async () => {
    const before = await plant.open();
    before.judge(reading(1, 60));
    await until('it is sent', () => plant.sent.length === 1);
    const change = await plant.alerts.apply(plant.sent[0] ?? assert.fail());
    before.judge(reading(2, 40));
    before.judge(reading(3, 60));
    await before.close(true);
    const alert = (await plant.alerts.told(TENANT, change.alert?.id ?? '')).alert;
    assert.deepEqual([alert.status, alert.resolved_by], ['resolved', 'rule removed']);
    assert.deepEqual(await rows('select 1 from rule_states'), []);
    plant.sent.length = 0;
    plant.clock.at(10);
    const after = await plant.open();
    after.judge({ ...reading(5, 60), replay: true });
    await plant.engine.checkpoint();
    assert.deepEqual(kinds(), []);
    after.judge(reading(11, 60));
    await until('it is raised anew', () => plant.sent.length === 1);
    assert.deepEqual([kinds(), plant.sent[0]?.rule_version], [['raised pump-01'], 1]);
  });

  it('keeps an alert when the limit changes and resolves it when the key does', async () => {
    const first = await plant.open();
    first.judge(reading(1, 60));
    await until('it is sent', () => plant.sent.length === 1);
    const { alert } = await plant.alerts.apply(plant.sent[0] ?? assert.fail());
    await first.close(false);
    const second = await plant.open({ conditions: { key: 'temperature', operator: '>', value: 70, clear_value: 55 } });
    second.judge(reading(2, 60));
    await plant.engine.checkpoint();
    assert.deepEqual(kinds(), ['raised pump-01']);
    await second.close(false);
    await plant.open({ conditions: { key: 'pressure', operator: '>', value: 70 } });
    const after = (await plant.alerts.told(TENANT, alert?.id ?? '')).alert;
    assert.deepEqual([after.status, after.resolved_by], ['resolved', 'rule changed']);
  });

  it('resolves alerts of devices that are removed or leave the scope', async () => {
    const session = await plant.open({ scope: { location: 'Hall A' } });
    plant.devices.set('boiler-01', { name: 'Boiler', type: 'boiler', location: 'Hall A' });
    session.judge(reading(1, 60));
    session.judge(reading(1, 60, { deviceId: 'boiler-01' }));
    await until('both are sent', () => plant.sent.length === 2);
    for (const transition of plant.sent) await plant.alerts.apply(transition);
    await database.db.system.query(`delete from devices where device_id = 'pump-01'`);
    plant.devices.delete('pump-01');
    plant.events.emit('device.changed', { tenantId: TENANT, deviceId: 'pump-01', change: 'removed' });
    plant.devices.set('boiler-01', { name: 'Boiler', type: 'boiler', location: 'Hall B' });
    plant.events.emit('device.changed', { tenantId: TENANT, deviceId: 'boiler-01', change: 'updated' });
    await until('both are resolved', async () => (await rows(`select 1 from alerts where status = 'resolved'`)).length === 2);
    const found = await rows('select device_id, resolved_by from alerts order by 1');
    assert.deepEqual(found, [
      { device_id: 'boiler-01', resolved_by: 'device out of scope' },
      { device_id: 'pump-01', resolved_by: 'device removed' },
    ]);
    assert.equal(session.summary().activeDevices, 0);
  });

  it('removes rules whose node has gone while the platform was down', async () => {
    const session = await plant.open({}, 'gone');
    session.judge(reading(1, 60));
    await until('it is sent', () => plant.sent.length === 1);
    await plant.alerts.apply(plant.sent[0] ?? assert.fail());
    await plant.engine.stop();
    const next = plantOn(database.db, plant.clock);
    await next.engine.start();
    await next.open({}, 'still here');
    await next.engine.removeGone(TENANT, new Set());
    assert.deepEqual(await rows(`select node_id from rules where removed_at is null`), [{ node_id: 'still here' }]);
    assert.deepEqual(await rows(`select status, resolved_by from alerts`), [{ status: 'resolved', resolved_by: 'rule removed' }]);
    await next.engine.stop();
  });

  it('writes state within a checkpoint and goes on from it after a kill', async () => {
    const cable = await layCable(database);
    const killed = plantOn(cable.db, plant.clock);
    const rule = { conditions: { key: 'temperature', operator: '>' as const, value: 50, duration_seconds: 60 } };
    const session = await killed.open(rule);
    session.judge(reading(0, 55));
    await killed.engine.checkpoint();
    session.judge(reading(30, 56));
    await cable.cut();
    await plant.open(rule);
    const due = await rows('select extract(epoch from due_at)::float8 as due from rule_states');
    assert.deepEqual(due, [{ due: BASE_MS / 1_000 + 60 }]);
    await cable.remove();
  });

  it('records decisions made while the database is away, in order, once it is back', async () => {
    const cable = await layCable(database);
    const other = plantOn(cable.db, plant.clock);
    const session = await other.open();
    await cable.cut();
    for (const [at, value] of [
      [1, 60],
      [2, 40],
      [3, 60],
      [4, 40],
    ] as const)
      session.judge(reading(at, value));
    await other.engine.checkpoint();
    assert.deepEqual(other.sent, []);
    await cable.mend();
    await until('all are sent', () => other.sent.length === 4);
    assert.deepEqual(kinds(other), ['raised pump-01', 'cleared pump-01', 'raised pump-01', 'cleared pump-01']);
    assert.deepEqual(await rows(`select kind from rule_transitions order by transition_no`), [
      { kind: 'raised' },
      { kind: 'cleared' },
      { kind: 'raised' },
      { kind: 'cleared' },
    ]);
    assert.deepEqual(other.errors, []);
    await other.engine.stop();
    await cable.remove();
  });

  it('counts and sends a raise once when it is in doubt whether it was stored', async () => {
    let doubts = 1;
    const doubtful = plantOn(
      {
        ...database.db,
        system: database.db.system,
        transaction: async (work) => {
          const result = await database.db.transaction(work);
          const { rows: decided } = await database.db.system.query('select 1 from rule_transitions');
          if (decided.length > 0 && doubts-- > 0) throw Object.assign(new Error('The answer was lost.'), { code: 'ECONNRESET' });
          return result;
        },
      },
      plant.clock,
    );
    const session = await doubtful.open();
    session.judge(reading(1, 60));
    await until('it is sent', () => doubtful.sent.length > 0);
    await doubtful.engine.stop();
    assert.deepEqual(kinds(doubtful), ['raised pump-01']);
    assert.deepEqual(await rows('select trigger_count::int as n from rules'), [{ n: 1 }]);
    assert.equal((await rows('select 1 from rule_transitions')).length, 1);
  });

  it('opens a rule as soon as the database is back', async () => {
    const cable = await layCable(database);
    const other = plantOn(cable.db, plant.clock);
    await cable.cut();
    const opening = other.open();
    await cable.mend();
    const session = await opening;
    session.judge(reading(1, 60));
    await until('it is sent', () => other.sent.length === 1);
    await other.engine.stop();
    await cable.remove();
  });

  it('keeps definitions as the canvas has them', async () => {
    await plant.open();
    assert.deepEqual(await rows(`select definition from rule_versions`), [{ definition: highTemperature }]);
  });
});
