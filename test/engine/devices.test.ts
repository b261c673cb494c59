import assert from 'node:assert/strict';
import type { AuthoredRule } from '../../src/contracts/rules.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { addSeries, Keeper, Line, point, preparePartitions } from './line.ts';
import { BASE_MS, TENANT, addDevices, highTemperature, reading, until } from './support.ts';

const hot: AuthoredRule = { ...highTemperature, conditions: { key: 'temperature', operator: '>', value: 50 } };
const hotForAMinute: AuthoredRule = { ...hot, conditions: { key: 'temperature', operator: '>', value: 50, duration_seconds: 60 } };

describe('rules and their devices', () => {
  let database: TestDatabase;
  let line: Line;

  beforeEach(async () => {
    database = await createTestDatabase();
    await addDevices(database);
    line = new Line(database.db);
    await line.plant.engine.start();
  });

  afterEach(async () => {
    await line.stop();
    await database.drop();
  });

  const states = async (): Promise<string[]> => {
    const { rows } = await database.db.system.query<{ device_id: string }>('select device_id from rule_states order by 1');
    return rows.map(({ device_id: id }) => id);
  };
  const shown = async (of = line): Promise<string[]> =>
    (await of.alerts()).map(
      ({ device_id, status, resolved_by }) => `${device_id} ${status}${resolved_by === null ? '' : ` by ${resolved_by}`}`,
    );
  const remove = async (deviceId: string): Promise<void> => {
    await database.db.system.query('delete from devices where device_id = $1', [deviceId]);
    line.plant.devices.delete(deviceId);
    line.plant.events.emit('device.changed', { tenantId: TENANT, deviceId, change: 'removed' });
  };
  const register = async (deviceId: string, type = 'pump'): Promise<void> => {
    await database.db.system.query(`insert into devices (device_id, tenant_id, name) values ($1, 'default', $1) on conflict do nothing`, [
      deviceId,
    ]);
    line.plant.devices.set(deviceId, { name: deviceId, type, location: 'Hall A' });
    line.plant.events.emit('device.changed', { tenantId: TENANT, deviceId, change: 'created' });
  };
  const move = (deviceId: string, type: string): void => {
    line.plant.devices.set(deviceId, { name: deviceId, type, location: 'Hall A' });
    line.plant.events.emit('device.changed', { tenantId: TENANT, deviceId, change: 'updated' });
  };
  const resolved = (count: number) =>
    until(`${String(count)} alerts are resolved`, async () => (await shown()).filter((text) => text.includes('resolved')).length === count);

  describe('that are removed', () => {
    it('leave no timer and no state; their alerts are resolved, those of others go on', async () => {
      await line.wire(hot, 'at once');
      await line.wire(hotForAMinute, 'for a minute');
      for (const deviceId of ['pump-01', 'boiler-01']) {
        line.judge(reading(0, 60, { deviceId }));
        line.judge(reading(40, 60, { deviceId }));
      }
      await line.settled();
      await remove('pump-01');
      await resolved(1);
      line.clock.at(60);
      await line.runTimers();
      assert.deepEqual(await shown(), ['boiler-01 active', 'pump-01 resolved by device removed', 'boiler-01 active']);
      assert.deepEqual(await states(), ['boiler-01', 'boiler-01']);
    });

    it('raise nothing any more by what was decided and not yet applied', async () => {
      const session = await line.plant.open();
      session.judge(reading(1, 60));
      await until('it is sent', () => line.plant.sent.length === 1);
      await remove('pump-01');
      await until('it is silenced', async () => {
        const { rows } = await database.db.system.query('select 1 from rule_transitions where consumed_at is null');
        return rows.length === 0;
      });
      for (const transition of line.plant.sent) await line.plant.alerts.apply(transition);
      assert.deepEqual(await shown(), []);
    });

    it('begin anew when they are registered again, with an empty window', async () => {
      await preparePartitions(database);
      await addSeries(database.db, ['pump-01'], ['temperature']);
      await line.wire({
        ...hot,
        rule_type: 'statistical',
        conditions: { key: 'temperature', function: 'sum', window: '1h', operator: '>', value: 50 },
      });
      line.judge(reading(1, 60));
      await line.settled();
      await remove('pump-01');
      await resolved(1);
      await register('pump-01');
      line.judge(reading(2, 30));
      await line.settled();
      assert.deepEqual(await shown(), ['pump-01 resolved by device removed']);
      line.judge(reading(3, 30));
      await line.settled();
      assert.equal((await line.alerts()).at(-1)?.value, 60);
    });

    it('have their alerts resolved at the next start when the platform was killed in between', async () => {
      await line.wire(hot);
      line.judge(reading(1, 60));
      await line.settled();
      await database.db.system.query(`delete from devices where device_id = 'pump-01'`);
      line.end();
      const next = new Line(database.db);
      await next.plant.engine.start();
      await until('it is resolved', async () => (await shown(next)).includes('pump-01 resolved by device removed'));
      await next.stop();
    });
  });

  describe('that are moved', () => {
    const pumpsOnly: AuthoredRule = { ...hot, scope: { device_type: 'pump' } };

    it('leave the rule: alerts are resolved, durations forgotten, and nothing is judged', async () => {
      await line.wire(pumpsOnly, 'at once');
      await line.wire({ ...hotForAMinute, scope: { device_type: 'pump' } }, 'for a minute');
      line.judge(reading(0, 60));
      line.judge(reading(40, 60));
      await line.settled();
      move('pump-01', 'fan');
      await resolved(1);
      line.judge(reading(50, 70));
      line.clock.at(60);
      await line.runTimers();
      assert.deepEqual(await shown(), ['pump-01 resolved by device out of scope']);
      assert.deepEqual(await states(), []);
    });

    it('come into the scope, and are judged from then on', async () => {
      await line.wire(pumpsOnly);
      line.judge(reading(1, 60, { deviceId: 'boiler-01' }));
      await line.settled();
      assert.deepEqual(await shown(), []);
      move('boiler-01', 'pump');
      line.judge(reading(2, 60, { deviceId: 'boiler-01' }));
      await line.settled();
      assert.deepEqual(await shown(), ['boiler-01 active']);
    });

    it('alert again when they are back, even at once', async () => {
      await line.wire(pumpsOnly);
      line.judge(reading(1, 60));
      await line.settled();
      move('pump-01', 'fan');
      move('pump-01', 'pump');
      line.judge(reading(2, 60));
      await resolved(1);
      await line.settled();
      assert.deepEqual(await shown(), ['pump-01 resolved by device out of scope', 'pump-01 active']);
      assert.deepEqual(await states(), ['pump-01']);
    });

    for (const kind of ['wired', 'stored']) {
      it(`leave a ${kind} rule while the platform is down`, async () => {
        if (kind === 'stored') await new Keeper(database.db, line.clock).create(pumpsOnly);
        const open = (of: Line): Promise<unknown> => (kind === 'stored' ? of.openStored() : of.wire(pumpsOnly));
        await open(line);
        line.judge(reading(1, 60));
        await line.stop();
        const next = new Line(database.db);
        next.plant.devices.set('pump-01', { name: 'Pump 1', type: 'fan', location: 'Hall A' });
        await next.plant.engine.start();
        await open(next);
        assert.deepEqual(await shown(next), ['pump-01 resolved by device out of scope']);
        await next.stop();
      });
    }
  });

  describe('that are compared', () => {
    const warmer: AuthoredRule = {
      ...hot,
      rule_type: 'comparison',
      conditions: { left: { key: 'in' }, operator: '>', right: { key: 'out' }, offset: 5, tolerance_seconds: 60 },
    };
    const warmerThanReference: AuthoredRule = {
      ...warmer,
      conditions: { left: { key: 'in' }, operator: '>', right: { device_id: 'reference', key: 'in' }, tolerance_seconds: 100 },
      scope: { device_type: 'pump' },
    };
    let at = 0;

    beforeEach(async () => {
      at = 0;
      await preparePartitions(database);
    });

    /** Points of one device, a second after those before. */
    async function send(deviceId: string, values: Record<string, number>): Promise<void> {
      at += 1;
      line.clock.at(at);
      await line.take(
        deviceId,
        Object.entries(values).map(([key, value]) => point(key, at, value)),
      );
      await line.settled();
    }

    it('with themselves are judged once when both quantities come in one message, in whichever order', async () => {
      await line.wire(warmer);
      await send('pump-01', { in: 20, out: 30 });
      await send('pump-01', { in: 40, out: 36 });
      await send('pump-01', { out: 50, in: 60 });
      await send('pump-01', { out: 60, in: 60 });
      // Judged one after the other, the old 60 would have been compared with the new 20.
      await send('pump-01', { in: 21, out: 20 });
      assert.deepEqual(
        line.plant.sent.map(({ kind, value, threshold }) => [kind, value, threshold]),
        [
          ['raised', 60, 55],
          ['cleared', 60, 65],
        ],
      );
    });

    it('with one that is registered later are judged as soon as it sends', async () => {
      await line.wire(warmerThanReference);
      await send('pump-01', { in: 30 });
      await register('reference', 'reference');
      assert.deepEqual(await shown(), []);
      await send('reference', { in: 20 });
      assert.deepEqual(await shown(), ['pump-01 active']);
      assert.deepEqual(line.plant.sent[0]?.inputs, [
        { device_id: 'pump-01', key: 'in', value: 30, at: new Date(BASE_MS + 1_000).toISOString() },
        { device_id: 'reference', key: 'in', value: 20, at: new Date(BASE_MS + 2_000).toISOString() },
      ]);
      await send('reference', { in: 40 });
      assert.deepEqual(await shown(), ['pump-01 resolved by condition cleared']);
    });

    it('with one that is removed are judged while its last reading is young enough, and then not any more', async () => {
      await line.wire(warmerThanReference);
      await register('reference', 'reference');
      await send('reference', { in: 20 });
      await send('pump-01', { in: 10 });
      await remove('reference');
      await send('pump-01', { in: 30 });
      assert.deepEqual(await shown(), ['pump-01 active'], 'it is an alert of the device on the left');
      at = 102;
      await send('pump-01', { in: 1 });
      assert.deepEqual(await shown(), ['pump-01 active'], 'nothing to compare with: it stays as it is');
      await register('reference', 'reference');
      await send('reference', { in: 20 });
      assert.deepEqual(await shown(), ['pump-01 resolved by condition cleared']);
    });

    it('with one reference are all judged when that sends, those too that came, went or were there before a restart', async () => {
      const pumps = Array.from({ length: 50 }, (_, i) => `p-${String(i)}`);
      await addSeries(database.db, ['reference', 'late', ...pumps], ['in']);
      await register('reference', 'reference');
      for (const pump of pumps) await register(pump);
      await line.wire(warmerThanReference);
      await send('reference', { in: 50 });
      for (const [i, pump] of pumps.entries()) await send(pump, { in: i });
      assert.deepEqual(await shown(), []);
      await send('reference', { in: 20 });
      const hotter = pumps.slice(21);
      assert.deepEqual((await shown()).toSorted(), hotter.map((pump) => `${pump} active`).toSorted());
      await remove('p-30');
      await resolved(1);
      await register('late');
      await send('late', { in: 45 });
      await line.stop();

      const next = new Line(database.db, { clock: line.clock, firstBatch: line.lastBatch });
      for (const [id, device] of line.plant.devices) next.plant.devices.set(id, device);
      line = next;
      await line.plant.engine.start();
      await line.wire(warmerThanReference);
      await send('reference', { in: 100 });
      const expected = [...hotter.filter((id) => id !== 'p-30'), 'late'].map((id) => `${id} resolved by condition cleared`);
      assert.deepEqual((await shown()).toSorted(), [...expected, 'p-30 resolved by device removed'].toSorted());
    });

    it('by name are judged whatever else the scope has', async () => {
      await register('reference', 'reference');
      await line.wire({
        ...warmer,
        conditions: { left: { device_id: 'pump-01', key: 'in' }, operator: '<', right: { device_id: 'reference', key: 'in' } },
      });
      await send('reference', { in: 20 });
      await send('boiler-01', { in: 10 });
      assert.deepEqual(await shown(), []);
      await send('pump-01', { in: 10 });
      assert.deepEqual(await shown(), ['pump-01 active']);
      await send('reference', { in: 5 });
      assert.deepEqual(await shown(), ['pump-01 resolved by condition cleared']);
    });
  });
});
