import assert from 'node:assert/strict';
import type { RuleDefinition, RuleTransition } from '../contracts/rules.ts';
import { silentLogger } from '../core/logger.ts';
import { Readings } from '../rules/readings.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { RuleRecorder } from './recorder.ts';
import { RuleRun } from './rule-run.ts';

/** More than a call may have arguments. */
const VERY_MANY = 200_000;
const NOW_MS = 1_761_582_600_000;
const RULE: RuleDefinition = {
  rule_id: 'rule-1',
  version: 1,
  name: 'High temperature',
  rule_type: 'threshold',
  scope: {},
  conditions: { key: 'temperature', operator: '>', value: 80 },
  severity: 'warning',
  message: '{{value}}',
};

describe('rule recorder', () => {
  const run = new RuleRun({
    rule: RULE,
    tenantId: 'default',
    startedAtMs: NOW_MS,
    priority: 5,
    clock: { nowMs: () => NOW_MS },
    newId: () => 'id',
    devices: { lookup: () => undefined, ids: () => [], isOffline: () => false, awaySinceMs: () => null },
    readingsOf: ({ keepMs }) => new Readings(keepMs),
  });
  const { device } = run.deviceRun('pump-01');
  const transition = run.transition(device, { kind: 'raised', atUs: 0, sinceUs: 0, value: 81, occurrences: 1 });

  let recorder: RuleRecorder;
  let recorded: RuleTransition[];
  let errors: Error[];
  /** What happens while the next write is under way. */
  let meanwhile: () => void;

  const addMany = (): void => {
    for (let i = 0; i < VERY_MANY; i += 1) recorder.add(device, transition);
  };

  beforeEach(() => {
    recorded = [];
    errors = [];
    meanwhile = () => undefined;
    const query = (): Promise<{ rows: unknown[] }> => {
      const happening = meanwhile;
      meanwhile = () => undefined;
      happening();
      return Promise.resolve({ rows: [] });
    };
    const db = {
      transaction: (work: (tx: Queryable) => Promise<unknown>) => work({ query } as unknown as Queryable),
    } as unknown as Database;
    recorder = new RuleRecorder({
      db,
      tenantId: 'default',
      logger: silentLogger,
      signal: new AbortController().signal,
      onRecorded: (one) => void recorded.push(one),
      onError: (error) => void errors.push(error),
      onRefused: () => undefined,
    });
  });

  it('passes on each decision once, however many are made while others are written', async () => {
    meanwhile = addMany;
    recorder.add(device, transition);
    await recorder.checkpoint();
    await recorder.checkpoint();
    await recorder.settled();
    assert.equal(recorded.length, VERY_MANY + 1);
    assert.deepEqual(errors, []);
  });

  it('forgets what waits of a rule that ends, however much waits of others', async () => {
    addMany();
    await recorder.abandon('rule-2', () => Promise.resolve());
    await recorder.checkpoint();
    assert.equal(recorded.length, VERY_MANY);
  });
});
