import assert from 'node:assert/strict';
import type { AuthoredRule } from '../../src/contracts/rules.ts';
import type { RunningState } from '../../src/contracts/stored-rules.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { addSeries, Keeper, Line, point, preparePartitions } from './line.ts';
import { BASE_MS, addDevices, highTemperature, reading } from './support.ts';

const hot: AuthoredRule = { ...highTemperature, conditions: { key: 'temperature', operator: '>', value: 50 } };
const hotForAMinute: AuthoredRule = { ...hot, conditions: { key: 'temperature', operator: '>', value: 50, duration_seconds: 60 } };

function iso(at: number): string {
  return new Date(BASE_MS + at * 1_000).toISOString();
}

describe('a change of stored rules', () => {
  let database: TestDatabase;
  let line: Line;
  let keeper: Keeper;

  beforeEach(async () => {
    database = await createTestDatabase();
    await addDevices(database);
    line = new Line(database.db);
    keeper = new Keeper(database.db, line.clock);
    await line.plant.engine.start();
  });

  afterEach(async () => {
    await line.stop();
    await database.drop();
  });

  const shown = async (of = line): Promise<string[]> =>
    (await of.alerts()).map(
      ({ rule_version, device_id, status, resolved_by }) =>
        `v${String(rule_version)} ${device_id} ${status}${resolved_by === null ? '' : ` by ${resolved_by}`}`,
    );
  const judged = async (...messages: Parameters<typeof reading>[]): Promise<void> => {
    for (const message of messages) line.judge(reading(...message));
    await line.settled();
  };

  describe('when the platform is killed between the change and its taking over', () => {
    const cases: {
      name: string;
      change: (ruleId: string) => Promise<void>;
      expected: string[];
    }[] = [
      { name: 'of a switch', change: (id) => keeper.toggle(id, false), expected: ['v1 pump-01 resolved by rule disabled'] },
      { name: 'of a deletion', change: (id) => keeper.remove(id), expected: ['v1 pump-01 resolved by rule removed'] },
      {
        name: 'of another quantity',
        change: (id) => keeper.edit(id, { ...hot, conditions: { key: 'pressure', operator: '>', value: 2 } }, 'keep'),
        expected: ['v1 pump-01 resolved by rule changed', 'v2 pump-01 active'],
      },
      {
        name: 'of a new start',
        change: (id) => keeper.edit(id, { ...hot, severity: 'info' }, 'reset'),
        expected: ['v1 pump-01 resolved by rule changed', 'v2 pump-01 active'],
      },
      {
        name: 'of an edit that keeps',
        change: (id) => keeper.edit(id, { ...hot, severity: 'info' }, 'keep'),
        expected: ['v1 pump-01 active'],
      },
    ];
    for (const { name, change, expected } of cases) {
      it(`does what was meant ${name}`, async () => {
        const ruleId = await keeper.create(hot);
        await line.openStored();
        await judged([1, 60]);
        line.clock.at(2);
        await change(ruleId);
        line.end();
        const next = new Line(database.db, { clock: line.clock });
        await next.plant.engine.start();
        await next.openStored();
        next.judge(reading(3, 60));
        await next.settled();
        assert.deepEqual(await shown(next), expected);
        await next.stop();
      });
    }

    it('starts a duration anew that other conditions began', async () => {
      const ruleId = await keeper.create(hotForAMinute);
      await line.openStored();
      await judged([0, 60], [30, 60]);
      const conditions = { key: 'temperature', operator: '>' as const, value: 40, duration_seconds: 60 };
      await keeper.edit(ruleId, { ...hotForAMinute, conditions }, 'keep');
      line.end();
      const next = new Line(database.db, { clock: line.clock });
      await next.plant.engine.start();
      await next.openStored();
      next.judge(reading(50, 60));
      line.clock.at(61);
      await next.runTimers();
      assert.deepEqual(await shown(next), []);
      await next.stop();
    });
  });

  describe('while they are being edited', () => {
    for (const runningState of ['keep', 'reset'] as const satisfies readonly RunningState[]) {
      it(`judge every reading once (${runningState})`, async () => {
        await database.db.system.query(
          `insert into devices (device_id, tenant_id, name) select 'd-' || n, 'default', 'D' from generate_series(1, 2000) n`,
        );
        const ruleId = await keeper.create(hot);
        const session = await line.openStored();
        let isOver = false;
        const edits = async (): Promise<void> => {
          for (let i = 0; i < 20; i++) await keeper.edit(ruleId, { ...hot, name: `Edit ${String(i)}` }, runningState, line.plant);
        };
        const editing = edits().finally(() => (isOver = true));
        let count = 0;
        for (; !isOver && count < 2_000; count += 1) {
          // Each reading is of a device of its own and raises; one version judges it, whichever that is.
          const { activeDevices: before } = session.summary();
          const deviceId = `d-${String(count + 1)}`;
          line.plant.devices.set(deviceId, { name: deviceId, type: '', location: '' });
          line.judge(reading(1, 60, { deviceId }));
          assert.deepEqual(session.summary(), { rules: 1, activeDevices: before + 1 });
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        await editing;
        await line.settled();
        const raised = line.plant.sent.map(({ device_id: id }) => id);
        assert.deepEqual(raised, [...new Set(raised)], 'nothing is said twice');
        const alerts = await line.alerts();
        const open = alerts.filter(({ status }) => status !== 'resolved');
        assert.equal(open.length, session.summary().activeDevices);
        assert.ok(new Set(alerts.map(({ rule_version: version }) => version)).size > 1, 'several versions judged');
        if (runningState === 'keep') assert.equal(open.length, count);
        else assert.ok(alerts.every(({ status, resolved_by: by }) => status === 'active' || by === 'rule changed'));
        const { rows: states } = await database.db.system.query('select 1 from rule_states');
        assert.equal(states.length, open.length);
        assert.deepEqual(line.plant.errors, []);
      });
    }

    it('send every decision once that was made in the meantime, in order', async () => {
      const ruleId = await keeper.create(hot);
      await line.openStored();
      const expected: string[] = [];
      let at = 0;
      for (let edit = 1; edit <= 10; edit++) {
        const editing = keeper.edit(ruleId, { ...hot, name: `Edit ${String(edit)}` }, 'keep', line.plant);
        for (let i = 0; i < 6; i++) {
          at += 1;
          line.judge(reading(at, at % 2 === 0 ? 40 : 60));
          expected.push(`${at % 2 === 0 ? 'cleared' : 'raised'} ${iso(at)}`);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await editing;
      }
      await line.settled();
      assert.deepEqual(
        line.plant.sent.map(({ kind, at: time }) => `${kind} ${time}`),
        expected,
      );
      assert.equal((await line.alerts()).length, 30);
    });

    it('keep their window whole', async () => {
      await preparePartitions(database);
      await addSeries(database.db, ['pump-01'], ['temperature']);
      const counted: AuthoredRule = {
        ...hot,
        rule_type: 'statistical',
        conditions: { key: 'temperature', function: 'count', window: '1h', operator: '>', value: 1e6 },
      };
      await keeper.create({ ...hot, conditions: { key: 'other', operator: '>', value: 1 } });
      await line.openStored();
      let isOver = false;
      let at = 0;
      const take = async (): Promise<void> => {
        at += 1;
        line.clock.at(at);
        await line.take('pump-01', [point('temperature', at, 1)]);
      };
      for (let i = 0; i < 20; i++) await take();
      const creating = keeper.create(counted, { tell: line.plant }).finally(() => (isOver = true));
      while (!isOver) await take();
      const ruleId = await creating;
      // What the window holds is told by a version that raises: nothing came between that it does not count.
      const edited: AuthoredRule = { ...counted, conditions: { ...counted.conditions, operator: '>', value: 0 } };
      await keeper.edit(ruleId, edited, 'keep', line.plant);
      await take();
      await line.settled();
      assert.deepEqual(
        line.plant.sent.map(({ value }) => value),
        [at],
      );
    });
  });
});
