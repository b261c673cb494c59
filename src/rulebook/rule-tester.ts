import type { RuleTest, RuleTestRequest, TestInput } from '../contracts/explanations.ts';
import { unknownDeviceProblem } from '../contracts/rule-terms.ts';
import type { AuthoredRule, RuleScope } from '../contracts/rules.ts';
import type { RuleInput } from '../contracts/stored-rules.ts';
import type { Clock } from '../core/clock.ts';
import { rehearsalSpanMs, rehearse } from '../rules/explain/rehearsal.ts';
import type { Reading, RehearsedInput } from '../rules/explain/rehearsal.ts';
import { isoOf } from '../rules/explain/words/forms.ts';
import { wordsFor } from '../rules/explain/words/words.ts';
import type { Listener } from '../rules/explain/words/words.ts';
import type { JudgeFactory } from '../rules/judge.ts';
import { judgeFactoryOf } from '../rules/registry.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { deviceForRule, firstDeviceOfScope, readingsOfSeries, runningStateOf } from '../storage/repositories/rule-evidence.ts';
import type { RuleDeviceRow } from '../storage/repositories/rule-evidence.ts';
import { findRule } from '../storage/repositories/rulebook.ts';
import { definitionOf } from './definition.ts';
import { invalidField, noRule } from './refusals.ts';
import { givenReadings } from './given-values.ts';
import type { InputName } from './given-values.ts';
import type { RuleBook } from './rule-book.ts';

/** The most readings of one quantity that a test looks at: a week at one a second is more than anybody waits for. */
const MOST_READINGS = 100_000;

/** Whether a device is there, as the engine knows it. */
export interface RulePresence {
  isOffline(deviceId: string): boolean;
  /** Epoch milliseconds; null when it is there, or its presence is unknown. */
  awaySinceMs(deviceId: string): number | null;
}

/** What a test works with. */
export interface RuleTesterDeps {
  db: Database;
  clock: Clock;
  presence: RulePresence;
  /** Judges rules as they would be judged if they were stored. */
  book: Pick<RuleBook, 'assertStorable'>;
}

/** Tries rules on given or stored readings. Nothing is changed by it, and nobody is told. */
export class RuleTester {
  private readonly deps: RuleTesterDeps;

  constructor(deps: RuleTesterDeps) {
    this.deps = deps;
  }

  /**
   * Tries a stored or wired rule, from where it is now with the device. NOT_FOUND; INVALID_REQUEST for a device that does not exist and for
   * values that the rule does not read.
   */
  testRule(tenantId: string, ruleId: string, request: RuleTestRequest, listener: Listener): Promise<RuleTest> {
    return this.deps.db.asTenant(tenantId, async (tx) => {
      const row = await findRule(tx, tenantId, ruleId);
      if (row === undefined) throw noRule(ruleId);
      if (row.removed_at !== null) throw noRule(ruleId, row.removed_at);
      return this.test(tx, { tenantId, rule: row.definition, runningId: row.enabled ? ruleId : undefined }, request, listener);
    });
  }

  /** Tries a rule that is not stored. INVALID_REQUEST as above, with `rule.` before the fields of the rule. */
  testInput(tenantId: string, input: RuleInput, request: RuleTestRequest, listener: Listener): Promise<RuleTest> {
    return this.deps.db.asTenant(tenantId, async (tx) => {
      await this.deps.book.assertStorable(tx, tenantId, [{ prefix: 'rule.', input }]);
      return this.test(tx, { tenantId, rule: definitionOf(input), runningId: undefined }, request, listener);
    });
  }

  private async test(
    tx: Queryable,
    { tenantId, rule, runningId }: { tenantId: string; rule: AuthoredRule; runningId: string | undefined },
    request: RuleTestRequest,
    listener: Listener,
  ): Promise<RuleTest> {
    const factory = judgeFactoryOf(rule);
    const device = await chosenDevice(tx, tenantId, { rule, factory, wanted: request.device_id });
    const { deviceId } = device;
    const names = factory.inputs.map(({ key, deviceId: other }): InputName => ({ key, deviceId: other ?? deviceId }));
    const askedMs = request.at === undefined ? this.deps.clock.nowMs() : Date.parse(request.at);
    const given = givenReadings(request.values ?? {}, { names, deviceId, atMs: askedMs });
    // What is said to be read later than the instant of the test moves that on.
    const atMs = Math.max(askedMs, ...given.flat().map(({ timeUs }) => Math.ceil(timeUs / 1_000)));
    const span = { throughUs: atMs * 1_000, spanUs: Math.ceil(rehearsalSpanMs(rule, factory) * 1_000), limit: MOST_READINGS };
    const inputs: RehearsedInput[] = [];
    for (const [i, name] of names.entries()) {
      const stored = await readingsOfSeries(tx, { tenantId, ...name }, span);
      inputs.push({ ...name, unit: stored?.unit ?? null, past: stored?.readings ?? [], given: given[i] ?? [] });
    }
    const startState = await startStateOf(tx, { tenantId, runningId, deviceId, isNow: request.at === undefined });
    const presence = { online: !this.deps.presence.isOffline(deviceId), awaySinceMs: this.deps.presence.awaySinceMs(deviceId) };
    const { name, type, location } = device;
    const rehearsal = { rule, device: { id: deviceId, name, type, location }, presence, atMs, startState, inputs };
    const { decision, message, steps } = rehearse(rehearsal, wordsFor(listener));
    const at = new Date(atMs).toISOString();
    return { decision, would_raise: decision === 'raises', device_id: deviceId, at, message, steps: [...steps], inputs: inputs.map(shown) };
  }
}

/** The state of the rule as it runs now; another instant is judged by the readings before it alone. */
async function startStateOf(
  tx: Queryable,
  { tenantId, runningId, deviceId, isNow }: { tenantId: string; runningId: string | undefined; deviceId: string; isNow: boolean },
): Promise<unknown> {
  if (runningId === undefined || !isNow) return undefined;
  return (await runningStateOf(tx, { tenantId, ruleId: runningId, deviceId }))?.state;
}

async function chosenDevice(
  tx: Queryable,
  tenantId: string,
  { rule, factory, wanted }: { rule: AuthoredRule; factory: JudgeFactory; wanted: string | undefined },
): Promise<RuleDeviceRow> {
  if (wanted !== undefined) {
    const device = await deviceForRule(tx, tenantId, wanted);
    if (device !== undefined) return device;
    throw invalidField('device_id', `"device_id" is "${wanted}". ${unknownDeviceProblem(wanted)}`);
  }
  const scope: RuleScope = factory.onlyDevice === undefined ? rule.scope : { device_id: factory.onlyDevice };
  const device = await firstDeviceOfScope(tx, { tenantId, scope, key: factory.inputs[0]?.key });
  if (device !== undefined) return device;
  const message =
    'No registered device is in the scope of the rule, so there is none to try it on; name one in "device_id" or change the scope.';
  throw invalidField('device_id', message);
}

/** The reading that counts: the newest that was given, or else that is stored. */
function shown({ deviceId, key, unit, past, given }: RehearsedInput): TestInput {
  const reading: Reading | undefined = given.at(-1) ?? past.at(-1);
  return {
    device_id: deviceId,
    key,
    value: reading?.value ?? null,
    unit,
    at: reading === undefined ? null : isoOf(reading.timeUs),
    quality: reading?.quality ?? null,
    given: given.length > 0,
  };
}
