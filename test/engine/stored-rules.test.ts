import assert from 'node:assert/strict';
import type { AuthoredRule } from '../../src/contracts/rules.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { Keeper, Line } from './line.ts';
import { BASE_MS, TENANT, addDevices, highTemperature, reading } from './support.ts';

const hot: AuthoredRule = { ...highTemperature, conditions: { key: 'temperature', operator: '>', value: 50 } };
const hotForAMinute: AuthoredRule = { ...hot, conditions: { key: 'temperature', operator: '>', value: 50, duration_seconds: 60 } };

function iso(at: number): string {
  return new Date(BASE_MS + at * 1_000).toISOString();
}

describe('stored rules', () => {
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

  const rows = async (sql: string): Promise<Record<string, unknown>[]> =>
    (await database.db.system.query(sql)).rows as Record<string, unknown>[];
  const shown = async (of = line): Promise<string[]> =>
    (await of.alerts()).map(
      ({ rule_version, device_id, status, resolved_by }) =>
        `v${String(rule_version)} ${device_id} ${status}${resolved_by === null ? '' : ` by ${resolved_by}`}`,
    );
  const judged = async (...messages: Parameters<typeof reading>[]): Promise<void> => {
    for (const message of messages) line.judge(reading(...message));
    await line.settled();
  };

  it('are judged in the order of their priority, unless they are switched off or removed', async () => {
    for (const priority of [9, 1, 5]) await keeper.create({ ...hot, name: `priority ${String(priority)}` }, { priority });
    await keeper.create({ ...hot, name: 'off' }, { enabled: false });
    await keeper.remove(await keeper.create({ ...hot, name: 'removed' }));
    const session = await line.openStored();
    await judged([1, 60]);
    assert.deepEqual(
      line.plant.sent.map(({ rule_name: name }) => name),
      ['priority 1', 'priority 5', 'priority 9'],
    );
    assert.deepEqual(session.summary(), { rules: 3, activeDevices: 3 });
    assert.equal((await line.alerts()).length, 3);
  });

  it('take the place of their priority when they come later', async () => {
    await keeper.create({ ...hot, name: 'priority 5' });
    await line.openStored();
    await keeper.create({ ...hot, name: 'priority 1' }, { priority: 1, tell: line.plant });
    await judged([1, 60]);
    assert.deepEqual(
      line.plant.sent.map(({ rule_name: name }) => name),
      ['priority 1', 'priority 5'],
    );
  });

  it('are for one device, a type, a location, or all', async () => {
    line.plant.devices.set('pump-02', { name: 'Pump 2', type: 'pump', location: 'Hall B' });
    const scopes: Record<string, AuthoredRule['scope']> = {
      all: {},
      blank: { device_id: '', device_type: '', location: '' },
      one: { device_id: 'boiler-01' },
      pumps: { device_type: 'pump' },
      'hall B': { location: 'Hall B' },
      'pumps of hall B': { device_type: 'pump', location: 'Hall B' },
    };
    for (const [name, scope] of Object.entries(scopes)) await keeper.create({ ...hot, name, scope });
    await line.openStored();
    for (const deviceId of ['pump-01', 'pump-02', 'boiler-01']) line.judge(reading(1, 60, { deviceId }));
    await line.settled();
    const found = Map.groupBy(line.plant.sent, ({ rule_name: name }) => name);
    assert.deepEqual(Object.fromEntries([...found].map(([name, sent]) => [name, sent.map(({ device_id: id }) => id)])), {
      all: ['pump-01', 'pump-02', 'boiler-01'],
      blank: ['pump-01', 'pump-02', 'boiler-01'],
      one: ['boiler-01'],
      pumps: ['pump-01', 'pump-02'],
      'hall B': ['pump-02', 'boiler-01'],
      'pumps of hall B': ['pump-02'],
    });
  });

  it('count how often they raised, and when last', async () => {
    const ruleId = await keeper.create(hot);
    await line.openStored();
    await judged([1, 60], [2, 40], [3, 60], [4, 60, { deviceId: 'boiler-01' }], [5, 40]);
    assert.deepEqual(await rows(`select trigger_count::int as n, last_triggered from rules where rule_id = '${ruleId}'`), [
      { n: 3, last_triggered: new Date(BASE_MS + 4_000) },
    ]);
  });

  it('of one tenant do not see what is of another', async () => {
    await database.db.system.query(`insert into tenants (tenant_id, name) values ('other', 'Other')`);
    await database.db.system.query(`insert into devices (device_id, tenant_id, name) values ('other/pump', 'other', 'Pump')`);
    line.plant.devices.set('other/pump', { name: 'Pump', type: 'pump', location: 'Hall A' });
    const others = new Keeper(database.db, line.clock, 'other');
    await keeper.create(hot);
    const theirs = await others.create(hot);
    const always: AuthoredRule = {
      ...hot,
      rule_type: 'schedule',
      conditions: { schedule: '* * * * *', timezone: 'UTC', check: 'always' },
    };
    await others.create(always);
    const [mine, other] = [await line.openStored(), await line.openStored('other')];
    assert.deepEqual([mine.summary().rules, other.summary().rules], [1, 2]);
    await judged([1, 60]);
    line.judge({ ...reading(1, 60, { deviceId: 'other/pump' }), tenant_id: 'other' });
    line.clock.at(61);
    await line.runTimers();
    assert.deepEqual(
      (await line.alerts()).map(({ device_id: id }) => id),
      ['pump-01'],
    );
    assert.deepEqual(
      (await line.alerts('other')).map(({ device_id: id }) => id),
      ['other/pump', 'other/pump'],
    );
    // Whoever guesses the id of another tenant's rule changes nothing.
    await line.plant.engine.storedRuleChanged(TENANT, theirs, 'reset');
    assert.deepEqual([mine.summary().rules, other.summary().rules], [1, 2]);
    assert.ok((await line.alerts('other')).every(({ status }) => status === 'active'));
  });

  it('judge from their creation on, and nothing that came before', async () => {
    const session = await line.openStored();
    const before = reading(-1, 60);
    line.judge(before);
    await keeper.create(hot, { tell: line.plant });
    assert.equal(session.summary().rules, 1);
    line.judge({ ...before, replay: true });
    await line.settled();
    assert.deepEqual(line.plant.sent, []);
    await judged([1, 60]);
    assert.deepEqual(await shown(), ['v1 pump-01 active']);
  });

  it('are judged by one node once, however often it is deployed', async () => {
    await keeper.create(hot);
    const first = await line.openStored();
    await judged([1, 60]);
    await first.close(false);
    const second = await line.openStored();
    await judged([2, 60], [3, 60]);
    assert.deepEqual(second.summary(), { rules: 1, activeDevices: 1 });
    await second.close(true);
    assert.deepEqual(await shown(), ['v1 pump-01 active'], 'the rule is still stored');
    await judged([4, 40]);
    await line.openStored();
    await judged([5, 40]);
    assert.deepEqual(await shown(), ['v1 pump-01 resolved by condition cleared']);
  });

  for (const isOpen of [true, false]) {
    describe(isOpen ? 'that are changed while a node runs them' : 'that are changed while no node runs them', () => {
      let session: Awaited<ReturnType<Line['openStored']>>;

      /** A rule that is judging, whose node is then left open or closed for a deploy. */
      async function running(rule: AuthoredRule, ...messages: Parameters<typeof reading>[]): Promise<string> {
        const ruleId = await keeper.create(rule);
        session = await line.openStored();
        await judged(...messages);
        if (!isOpen) await session.close(true);
        return ruleId;
      }

      async function judgedAfterwards(...messages: Parameters<typeof reading>[]): Promise<void> {
        if (!isOpen) session = await line.openStored();
        await judged(...messages);
      }

      it('keep what is active and alert once; the alert names the version that raised it', async () => {
        const ruleId = await running(hot, [1, 60]);
        const edited: AuthoredRule = { ...hot, severity: 'critical', conditions: { key: 'temperature', operator: '>', value: 55 } };
        await keeper.edit(ruleId, edited, 'keep', line.plant);
        await judgedAfterwards([2, 60]);
        assert.deepEqual(await shown(), ['v1 pump-01 active']);
        await judged([3, 54], [4, 54], [5, 56]);
        assert.deepEqual(await shown(), ['v1 pump-01 resolved by condition cleared', 'v2 pump-01 active']);
        assert.deepEqual(
          (await line.alerts()).map(({ severity, threshold }) => [severity, threshold]),
          [
            ['warning', 50],
            ['critical', 55],
          ],
        );
      });

      it('let a duration go on when the conditions are the same', async () => {
        const ruleId = await running(hotForAMinute, [0, 60], [30, 61]);
        await keeper.edit(ruleId, { ...hotForAMinute, name: 'Another name' }, 'keep', line.plant);
        await judgedAfterwards([45, 61]);
        line.clock.at(59.999);
        await line.runTimers();
        assert.deepEqual(await shown(), []);
        line.clock.at(60);
        await line.runTimers();
        assert.deepEqual(
          (await line.alerts()).map((alert) => [alert.rule_version, alert.raised_at]),
          [[2, iso(60)]],
        );
      });

      it('start a duration anew when the conditions changed', async () => {
        const ruleId = await running(hotForAMinute, [0, 60], [30, 61]);
        const edited = { ...hotForAMinute, conditions: { key: 'temperature', operator: '>' as const, value: 49, duration_seconds: 60 } };
        await keeper.edit(ruleId, edited, 'keep', line.plant);
        await judgedAfterwards([40, 61], [80, 61]);
        line.clock.at(99.999);
        await line.runTimers();
        assert.deepEqual(await shown(), []);
        line.clock.at(100);
        await line.runTimers();
        assert.deepEqual(
          (await line.alerts()).map((alert) => [alert.rule_version, alert.raised_at]),
          [[2, iso(100)]],
        );
      });

      it('see what an edit changed even when another one followed before it was taken over', async () => {
        const ruleId = await running(hotForAMinute, [0, 60], [30, 61]);
        const conditions = { key: 'temperature', operator: '>' as const, value: 49, duration_seconds: 60 };
        await keeper.edit(ruleId, { ...hotForAMinute, conditions }, 'keep');
        await keeper.edit(ruleId, { ...hotForAMinute, conditions, name: 'Renamed' }, 'keep', line.plant);
        await judgedAfterwards([40, 61]);
        line.clock.at(61);
        await line.runTimers();
        assert.deepEqual(await shown(), []);
      });

      it('begin anew when that is asked for, and resolve what they had raised', async () => {
        const ruleId = await running(hot, [1, 60], [1, 60, { deviceId: 'boiler-01' }]);
        line.clock.at(2);
        await keeper.edit(ruleId, { ...hot, severity: 'info' }, 'reset', line.plant);
        assert.deepEqual(await shown(), ['v1 boiler-01 resolved by rule changed', 'v1 pump-01 resolved by rule changed']);
        assert.deepEqual(await rows('select 1 from rule_states'), []);
        await judgedAfterwards([3, 60]);
        assert.deepEqual((await shown()).slice(2), ['v2 pump-01 active']);
      });

      it('begin anew with another quantity, whatever is asked for', async () => {
        const ruleId = await running(hot, [1, 60]);
        const edited: AuthoredRule = { ...hot, conditions: { key: 'pressure', operator: '>', value: 2 } };
        await keeper.edit(ruleId, edited, 'keep', line.plant);
        assert.deepEqual(await shown(), ['v1 pump-01 resolved by rule changed']);
        await judgedAfterwards([2, 60]);
        assert.deepEqual(
          (await line.alerts()).map(({ key, status }) => `${key} ${status}`),
          ['temperature resolved', 'pressure active'],
        );
      });

      it('let go of devices that the new scope leaves out', async () => {
        const ruleId = await running(hot, [1, 60], [1, 60, { deviceId: 'boiler-01' }]);
        await keeper.edit(ruleId, { ...hot, scope: { device_type: 'boiler' } }, 'keep', line.plant);
        await judgedAfterwards([2, 60], [2, 60, { deviceId: 'boiler-01' }]);
        assert.deepEqual(await shown(), ['v1 boiler-01 active', 'v1 pump-01 resolved by rule changed']);
        assert.deepEqual(await rows('select device_id from rule_states'), [{ device_id: 'boiler-01' }]);
      });

      it('end when they are switched off in mid-alert, and judge again when they are on', async () => {
        const ruleId = await running(hot, [1, 60]);
        await keeper.toggle(ruleId, false, line.plant);
        assert.deepEqual(await shown(), ['v1 pump-01 resolved by rule disabled']);
        assert.deepEqual(await rows('select 1 from rule_states'), []);
        await judgedAfterwards([2, 40], [3, 60]);
        assert.equal(session.summary().rules, 0);
        line.clock.at(4);
        await keeper.toggle(ruleId, true, line.plant);
        await judged([5, 60]);
        assert.deepEqual(await shown(), ['v1 pump-01 resolved by rule disabled', 'v1 pump-01 active']);
      });

      it('forget a running duration when they are switched off', async () => {
        const ruleId = await running(hotForAMinute, [0, 60], [30, 60]);
        await keeper.toggle(ruleId, false, line.plant);
        await judgedAfterwards();
        line.clock.at(61);
        await line.runTimers();
        await keeper.toggle(ruleId, true, line.plant);
        await judged([62, 60]);
        line.clock.at(70);
        await line.runTimers();
        assert.deepEqual(await shown(), []);
        await judged([122, 60]);
        assert.deepEqual(
          (await line.alerts()).map((alert) => alert.raised_at),
          [iso(122)],
        );
      });

      it('resolve their alerts when they are deleted', async () => {
        const ruleId = await running(hot, [1, 60]);
        await keeper.remove(ruleId, line.plant);
        assert.deepEqual(await shown(), ['v1 pump-01 resolved by rule removed']);
        assert.deepEqual(await rows('select 1 from rule_states'), []);
        await judgedAfterwards([2, 40], [3, 60]);
        assert.deepEqual(await shown(), ['v1 pump-01 resolved by rule removed']);
      });
    });
  }
});
