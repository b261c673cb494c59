import assert from 'node:assert/strict';
import type { AuthoredRule } from '../contracts/rules.ts';
import type { StoredTelemetry } from '../contracts/telemetry.ts';
import { silentLogger } from '../core/logger.ts';
import type { Database } from '../storage/database.ts';
import { RuleRun } from './rule-run.ts';
import { RuleSet } from './rule-set.ts';
import { RuleTally } from './rule-tally.ts';

const AT_MS = 1_761_582_600_000;

/** Nothing is written: what is judged is looked at in memory. */
const NO_DATABASE = { transaction: () => Promise.resolve() } as unknown as Database;

const sum: AuthoredRule = {
  name: 'Sum',
  rule_type: 'statistical',
  scope: { device_type: 'pump' },
  conditions: { key: 'flow', function: 'sum', window: '1h', operator: '>', value: 25 },
  severity: 'info',
  message: '',
};

describe('rules given the same telemetry', () => {
  let types: Map<string, string>;
  let set: RuleSet;
  let batch = 0;
  const tally = new RuleTally();

  beforeEach(() => {
    types = new Map([
      ['p-1', 'pump'],
      ['p-2', 'pump'],
    ]);
    const noDecision = (): void => undefined;
    set = new RuleSet({
      db: NO_DATABASE,
      listeningSinceMs: AT_MS,
      clock: { nowMs: () => AT_MS },
      devices,
      logger: silentLogger,
      tenantId: 'default',
      signal: new AbortController().signal,
      arm: noDecision,
      onTransition: noDecision,
      onError: noDecision,
    });
  });

  const devices = {
    lookup: (id: string) => ({ name: id, type: types.get(id) ?? '', location: '' }),
    ids: () => types.keys(),
    isOffline: () => false,
    awaySinceMs: () => null,
  };

  function add(ruleId: string, rule: AuthoredRule): RuleRun {
    const run = new RuleRun({
      rule: { ...rule, rule_id: ruleId, version: 1 },
      tenantId: 'default',
      startedAtMs: 0,
      priority: 5,
      clock: { nowMs: () => AT_MS },
      newId: () => ruleId,
      devices,
      readingsOf: (series) => set.readingsOf(series),
      judging: tally.of('stored', rule.rule_type),
    });
    set.add(run);
    return run;
  }

  function judge(deviceId: string, at: number, value: number): void {
    batch += 1;
    const timestamp = AT_MS + at * 1_000;
    const point = { key: 'flow', value, timestamp, time_us: timestamp * 1_000, unit: null, quality: 100 };
    const telemetry: StoredTelemetry = {
      tenant_id: 'default',
      device_id: deviceId,
      points: [point],
      lane: 0,
      batch,
      received_at: timestamp,
    };
    set.judge(telemetry);
  }

  const held = (deviceId: string, minQuality = 0): number => set.readingsOf({ deviceId, key: 'flow', minQuality, keepMs: 0 }).size;

  it('keep the readings that a rule reads, and no others', () => {
    const kept = add('kept', sum);
    add('ended', { ...sum, scope: {}, min_quality: 50 });
    for (const [at, value] of [
      [1, 10],
      [2, 10],
    ] as const)
      for (const id of ['p-1', 'p-2', 'fan']) judge(id, at, value);
    assert.deepEqual([held('p-1'), held('p-1', 50), held('fan', 50)], [2, 2, 2]);
    set.remove('ended');
    set.tidy();
    assert.deepEqual([held('p-1'), held('p-1', 50), held('fan', 50)], [2, 0, 0]);
    assert.equal(kept.activeDevices, 0);
    judge('p-1', 3, 10);
    assert.equal(kept.activeDevices, 1, 'the window is whole');
  });

  it('lose nothing of other devices when one comes, is moved or goes', () => {
    const run = add('sum', sum);
    for (const id of ['p-1', 'p-2']) judge(id, 1, 20);
    types.set('p-2', 'fan');
    assert.deepEqual(set.deviceMoved('p-2'), ['sum']);
    types.set('p-3', 'pump');
    assert.deepEqual(set.deviceMoved('p-3'), []);
    set.forgetDevice('p-2');
    for (const id of ['p-1', 'p-2', 'p-3']) judge(id, 2, 20);
    assert.deepEqual([...run.devices.keys()], ['p-1', 'p-3']);
    assert.deepEqual([run.activeDevices, held('p-2')], [1, 0]);
  });

  it('are counted by type and origin: what was judged, decided, late and timed', () => {
    add('counted', { ...sum, lateness_seconds: 10 });
    const counts = tally.of('stored', 'statistical');
    assert.ok(counts !== undefined);
    const before = { ...counts, timed: counts.took.total, delays: counts.delays.total };
    for (let at = 1; at <= 64; at++) judge('p-1', at * 60, 10);
    judge('fan', 65 * 60, 10);
    judge('p-1', 60, 10.5);
    assert.equal(counts.evaluations - before.evaluations, 65, 'the fan is not for the rule');
    assert.equal(counts.late - before.late, 1);
    assert.equal(counts.decisions - before.decisions, 62, 'raised by the third, repeated by 61');
    assert.equal(counts.took.total - before.timed, 2, 'one of 32');
    assert.equal(counts.delays.total - before.delays, 65, 'one for each message');
    assert.deepEqual(
      tally
        .all()
        .filter(({ evaluations }) => evaluations > 0)
        .map(({ origin, type }) => `${origin} ${type}`),
      ['stored statistical'],
    );
  });

  it('keep what comes for a rule while its readings are being filled', () => {
    const made = add('sum', sum);
    set.remove('sum');
    const filled = set.fill(made);
    judge('p-1', 1, 20);
    assert.equal(held('p-1'), 1);
    add('sum', sum);
    filled();
    judge('p-1', 2, 20);
    assert.equal(set.rules.get('sum')?.activeDevices, 1);
  });
});
