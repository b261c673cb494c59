import assert from 'node:assert/strict';
import type { PlatformEvents } from '../../src/contracts/events.ts';
import type { RuleTransition, TransitionKind } from '../../src/contracts/rules.ts';
import { newUuid, uuidOfName } from '../../src/core/ids.ts';
import { insertTransitions } from '../../src/storage/repositories/rule-states.ts';
import { createTestDatabase, queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { BASE_MS, TENANT, addDevices, layCable, plantOn, until } from './support.ts';
import type { Plant } from './support.ts';

describe('alert service', () => {
  let database: TestDatabase;
  let plant: Plant;
  let told: string[];

  beforeEach(async () => {
    database = await createTestDatabase();
    await addDevices(database);
    plant = plantOn(database.db);
    await plant.open(); // Its rule is what the transitions below refer to.
    told = [];
    const note = (name: keyof PlatformEvents, word: string): void => void told.push(`${name} ${word}`);
    plant.events.on('alert.raised', ({ alert }) => note('alert.raised', alert.status));
    plant.events.on('alert.updated', ({ update }) =>
      note('alert.updated', `${update.status} by ${update.by ?? 'nobody'} x${update.alert.occurrences}`),
    );
  });

  afterEach(async () => {
    plant.alerts.stop();
    await plant.engine.stop();
    await database.drop();
  });

  /** A recorded transition, as the rule engine leaves it. */
  async function recorded(kind: TransitionKind, at: number, more: Partial<RuleTransition> = {}): Promise<RuleTransition> {
    const time = new Date(BASE_MS + at * 1_000).toISOString();
    const transition: RuleTransition = {
      id: newUuid(),
      tenant_id: TENANT,
      kind,
      rule_id: uuidOfName('node-1'),
      rule_version: 1,
      rule_name: 'High temperature',
      device_id: 'pump-01',
      key: 'temperature',
      severity: 'warning',
      message: 'hot',
      value: at,
      threshold: 50,
      unit: '°C',
      occurrences: 1,
      at: time,
      since: time,
      known_at: time,
      ...more,
    };
    await insertTransitions(database.db.system, [transition]);
    return transition;
  }

  const list = async () => (await plant.alerts.list(TENANT, {}, { limit: 100 })).items;

  it('opens an alert with its history, tells the platform and MQTT', async () => {
    const change = await plant.alerts.apply(await recorded('raised', 1));
    assert.ok(change.kind === 'raised');
    assert.deepEqual(await list(), [change.alert]);
    assert.deepEqual((await plant.alerts.told(TENANT, change.alert.id)).alert, change.alert);
    const { history } = await plant.alerts.told(TENANT, change.alert.id);
    assert.deepEqual(
      history.map(({ change: what, actor, at }) => [what, actor, at]),
      [['raised', 'rule', change.alert.raised_at]],
    );
    assert.deepEqual(told, ['alert.raised active']);
    await until('it is published', () => plant.published.length === 1);
    assert.equal(plant.published[0]?.topic, 'insa/alerts/warning');
    assert.deepEqual(JSON.parse(plant.published[0].payload), { ...change.alert, version: 1 });
  });

  it('grows worse in place: history, Socket.IO and MQTT are told once', async () => {
    const { alert } = await plant.alerts.apply(await recorded('raised', 1));
    await plant.alerts.apply(await recorded('repeated', 2));
    const worse = await recorded('repeated', 3);
    // A flow may rewrite it on the way.
    await plant.alerts.apply({ ...worse, severity: 'critical' });
    await plant.alerts.apply({ ...worse, severity: 'critical' });
    await plant.alerts.apply(await recorded('repeated', 4, { severity: 'critical' }));
    await plant.alerts.apply(await recorded('repeated', 5, { severity: 'info' }));
    const [open] = await list();
    assert.deepEqual([open?.id, open?.severity, open?.status, open?.occurrences], [alert?.id, 'critical', 'active', 5]);
    const { history } = await plant.alerts.told(TENANT, alert?.id ?? '');
    assert.deepEqual(
      history.map(({ change, note }) => [change, note]),
      [
        ['raised', null],
        ['repeated', null],
        ['severity', 'warning -> critical'],
        ['repeated', null],
      ],
    );
    assert.equal(told.length, 5);
    await until('the rise is published', () => plant.published.length === 2);
    assert.deepEqual(
      plant.published.map(({ topic }) => topic),
      ['insa/alerts/warning', 'insa/alerts/critical'],
    );
  });

  it('keeps its history from being rewritten or erased, also by the owner of the tables', async () => {
    const { alert } = await plant.alerts.apply(await recorded('raised', 1));
    await plant.alerts.apply(await recorded('repeated', 2));
    for (const statement of [
      `update alert_history set note = 'never was' where change = 'raised'`,
      `update alert_history set actor = 'somebody' where change = 'repeated'`,
      `update alert_history set change = 'note' where change = 'repeated'`,
      `delete from alert_history`,
      `truncate alert_history`,
    ]) {
      await assert.rejects(queryOnce(database.connection, statement), /history of alerts is append-only/, statement);
    }
    assert.equal((await plant.alerts.told(TENANT, alert?.id ?? '')).history.length, 2);
    await queryOnce(database.connection, 'delete from alerts');
    assert.deepEqual(await queryOnce(database.connection, 'select * from alert_history'), []);
  });

  it('applies a transition once, however often and however concurrently it comes', async () => {
    const raised = await recorded('raised', 1);
    const repeated = await recorded('repeated', 11, { occurrences: 7 });
    const changes = await Promise.all([raised, raised, repeated, raised, repeated].map((transition) => plant.alerts.apply(transition)));
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ['raised', 'none', 'repeated', 'none', 'none'],
    );
    assert.deepEqual(
      (await list()).map(({ occurrences }) => occurrences),
      [8],
    );
  });

  it('keeps one open alert when two services apply at the same time', async () => {
    const other = plantOn(database.db);
    const first = await recorded('raised', 1);
    const second = await recorded('raised', 2);
    const changes = await Promise.all([plant.alerts.apply(first), other.alerts.apply(second)]);
    assert.deepEqual(changes.map(({ kind }) => kind).sort(), ['raised', 'repeated']);
    assert.equal((await list()).length, 1);
  });

  it('takes identity from the record and wording from the message', async () => {
    const raised = await recorded('raised', 1);
    const change = await plant.alerts.apply({
      ...raised,
      kind: 'cleared',
      device_id: 'boiler-01',
      message: 'rewritten',
      severity: 'critical',
    });
    assert.deepEqual(
      [change.kind, change.alert?.device_id, change.alert?.message, change.alert?.severity],
      ['raised', 'pump-01', 'rewritten', 'critical'],
    );
  });

  it('ignores a transition that was never recorded', async () => {
    const raised = await recorded('raised', 1);
    assert.deepEqual(await plant.alerts.apply({ ...raised, id: newUuid() }), { kind: 'none', alert: undefined });
    assert.deepEqual(await list(), []);
  });

  it('does not open an alert for a raise that comes after its clearing', async () => {
    const [raised, cleared] = [await recorded('raised', 1), await recorded('cleared', 2)];
    await plant.alerts.apply(cleared);
    assert.equal((await plant.alerts.apply(raised)).kind, 'none');
    assert.equal((await plant.alerts.apply(await recorded('raised', 3))).kind, 'raised');
  });

  it('has one line of history for many repeats in a row', async () => {
    const { alert } = await plant.alerts.apply(await recorded('raised', 1));
    const id = alert?.id ?? '';
    for (const at of [11, 21, 31]) await plant.alerts.apply(await recorded('repeated', at, { occurrences: 5 }));
    await plant.alerts.acknowledge(TENANT, id, 'ana', 'looking at it');
    await plant.alerts.apply(await recorded('repeated', 41, { occurrences: 4 }));
    await plant.alerts.apply(await recorded('cleared', 50, { occurrences: 0 }));
    const { history } = await plant.alerts.told(TENANT, id);
    assert.deepEqual(
      history.map(({ change, actor, note }) => [change, actor, note]),
      [
        ['raised', 'rule', null],
        ['repeated', 'rule', null],
        ['acknowledged', 'ana', 'looking at it'],
        ['repeated', 'rule', null],
        ['cleared', 'rule', null],
      ],
    );
    assert.equal((history[1]?.body as RuleTransition).occurrences, 15);
    assert.equal(history[1]?.at, new Date(BASE_MS + 31_000).toISOString());
    assert.equal((await plant.alerts.told(TENANT, id)).alert.occurrences, 20);
  });

  it('lets people acknowledge and resolve, tells of it, and refuses what contradicts', async () => {
    const { alert } = await plant.alerts.apply(await recorded('raised', 1));
    const id = alert?.id ?? '';
    plant.clock.at(100);
    const at = new Date(BASE_MS + 100_000).toISOString();
    const acknowledged = await plant.alerts.acknowledge(TENANT, id, 'ana');
    assert.deepEqual([acknowledged.status, acknowledged.acknowledged_by, acknowledged.acknowledged_at], ['acknowledged', 'ana', at]);
    await assert.rejects(plant.alerts.acknowledge(TENANT, id, 'ben'), { code: 'CONFLICT' });
    const resolved = await plant.alerts.resolve(TENANT, id, 'ben', 'valve opened');
    assert.deepEqual([resolved.status, resolved.resolved_by, resolved.resolved_at], ['resolved', 'ben', at]);
    await assert.rejects(plant.alerts.resolve(TENANT, id, 'ben'), { code: 'CONFLICT', message: /"resolved"/ });
    await assert.rejects(plant.alerts.acknowledge(TENANT, id, 'ben'), { code: 'CONFLICT' });
    assert.deepEqual(told, ['alert.raised active', 'alert.updated acknowledged by ana x1', 'alert.updated resolved by ben x1']);
    await until('all are published', () => plant.published.length === 3);
    assert.equal((await plant.alerts.apply(await recorded('repeated', 200))).kind, 'none');
    assert.equal((await plant.alerts.apply(await recorded('cleared', 300))).kind, 'none');
    assert.deepEqual((await plant.alerts.told(TENANT, id)).alert, resolved);
  });

  it('shows a tenant nothing of another', async () => {
    const { alert } = await plant.alerts.apply(await recorded('raised', 1));
    const id = alert?.id ?? '';
    await database.db.system.query(`insert into tenants (tenant_id, name) values ('other', 'Other')`);
    assert.deepEqual((await plant.alerts.list('other', {}, { limit: 10 })).items, []);
    for (const attempt of [
      () => plant.alerts.told('other', id),
      () => plant.alerts.acknowledge('other', id, 'eve'),
      () => plant.alerts.resolve('other', id, 'eve'),
      () => plant.alerts.told(TENANT, newUuid()),
      () => plant.alerts.told(TENANT, 'not-a-uuid'),
      () => plant.alerts.resolve(TENANT, 'not-a-uuid', 'ana'),
    ]) {
      await assert.rejects(attempt, { code: 'NOT_FOUND' });
    }
    assert.equal((await plant.alerts.told(TENANT, id)).alert.status, 'active');
  });

  it('lists by the time it was known, page by page, without gap or repeat', async () => {
    for (let i = 0; i < 25; i++) {
      // Five share each instant.
      const known = new Date(BASE_MS + Math.floor(i / 5) * 1_000).toISOString();
      await plant.alerts.apply(await recorded('raised', i, { device_id: `device-${i}`, known_at: known }));
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await plant.alerts.list(TENANT, {}, { limit: 4, cursor });
      seen.push(...page.items.map(({ known_at: knownAt, id }) => `${knownAt} ${id}`));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    assert.equal(new Set(seen).size, 25);
    assert.deepEqual(seen, seen.toSorted().toReversed());
    for (const wrong of ['x', '%%%', Buffer.from('1,2').toString('base64url')]) {
      await assert.rejects(plant.alerts.list(TENANT, {}, { limit: 1, cursor: wrong }), { code: 'INVALID_REQUEST' });
    }
  });

  it('lists what the filters ask for', async () => {
    const { alert: first } = await plant.alerts.apply(await recorded('raised', 1, { severity: 'critical' }));
    const { alert: second } = await plant.alerts.apply(await recorded('raised', 2, { device_id: 'boiler-01' }));
    await plant.alerts.resolve(TENANT, first?.id ?? '', 'ana');
    for (const [filters, expected] of [
      [{ statuses: ['active', 'acknowledged'] as const }, [second?.id]],
      [{ statuses: ['resolved'] as const }, [first?.id]],
      [{ severity: 'critical' as const }, [first?.id]],
      [{ deviceId: 'boiler-01' }, [second?.id]],
      [{ ruleId: uuidOfName('node-1') }, [second?.id, first?.id]],
      [{ ruleId: uuidOfName('node-2') }, []],
      [{ startMs: BASE_MS + 2_000 }, [second?.id]],
      [{ endMs: BASE_MS + 2_000 }, [first?.id]],
    ] as const) {
      const { items } = await plant.alerts.list(TENANT, filters, { limit: 10 });
      assert.deepEqual(
        items.map(({ id }) => id),
        expected,
        JSON.stringify(filters),
      );
    }
  });

  it('waits for a database that is away and applies in order', async () => {
    const cable = await layCable(database);
    const other = plantOn(cable.db);
    const transitions = [await recorded('raised', 1), await recorded('repeated', 11), await recorded('cleared', 20, { occurrences: 0 })];
    await cable.cut();
    const applying = transitions.map((transition) => other.alerts.apply(transition));
    await cable.mend();
    assert.deepEqual(
      (await Promise.all(applying)).map(({ kind }) => kind),
      ['raised', 'repeated', 'cleared'],
    );
    await cable.cut();
    const last = await recorded('raised', 30);
    // More than are applied at the same time: who waits for a place ends too.
    const hopeless = Array.from({ length: 20 }, (_, i) => other.alerts.apply({ ...last, device_id: `pump-${String(i)}` }));
    other.alerts.stop();
    for (const result of await Promise.allSettled(hopeless)) {
      assert.equal(result.status === 'rejected' && (result.reason as Error).name, 'AbortError');
    }
    await cable.remove();
  });

  it('goes on when MQTT does not take an alert', async () => {
    const failing = plantOn(database.db);
    failing.published.push = () => {
      throw new Error('the broker is closed');
    };
    assert.equal((await failing.alerts.apply(await recorded('raised', 1))).kind, 'raised');
  });
});
