import { LONGEST_BACKTEST_DAYS } from '../contracts/backtest.ts';
import type { BacktestQuestion, ComparedRule } from '../contracts/backtest.ts';
import type { AuthoredRule } from '../contracts/rules.ts';
import type { Clock } from '../core/clock.ts';
import type { DeviceLookup } from '../devices/device-directory.ts';
import { judgeFactoryOf } from '../rules/registry.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { findRule, findVersion } from '../storage/repositories/rulebook.ts';
import { definitionOf } from '../rulebook/definition.ts';
import { assertDevicesExist, invalidField, noRule } from '../rulebook/refusals.ts';
import type { PlacedRule } from '../rulebook/refusals.ts';
import { keptWithoutBlanks, withoutBlanks } from './authored.ts';
import type { BacktestJob } from './types.ts';

/** What a question is made a job with. */
export interface QuestionDeps {
  db: Pick<Database, 'asTenant'>;
  devices: DeviceLookup;
  clock: Clock;
}

const DAY_MS = 86_400_000;

/** Who asks, and about which kept rule; undefined when only a sent one is meant. */
export interface Asked {
  tenantId: string;
  ruleId: string | undefined;
}

/**
 * Makes a job of what was asked. Fails with NOT_FOUND for a rule that the tenant does not have, and with INVALID_REQUEST that names the
 * field otherwise.
 */
export async function jobOf(deps: QuestionDeps, { tenantId, ruleId }: Asked, question: BacktestQuestion): Promise<BacktestJob> {
  const period = periodOf(question, deps.clock.nowMs());
  const { sent, kept, other } = await deps.db.asTenant(tenantId, async (tx) => ({
    sent: question.rule === undefined ? undefined : await sentRule(tx, tenantId, { prefix: 'rule.', input: question.rule }),
    kept: ruleId === undefined ? undefined : await keptRule(tx, tenantId, ruleId),
    other: question.compare_with === undefined ? undefined : await comparedRule(tx, tenantId, question.compare_with),
  }));
  const run = sent ?? kept;
  if (run === undefined) throw invalidField('rule', '"rule" is missing; send the rule to try.');
  const compared = other ?? (sent === undefined ? undefined : kept);
  refuseUnreplayable(run, sent === undefined ? 'id' : 'rule.conditions.check');
  if (compared !== undefined) refuseUnreplayable(compared, 'compare_with');
  const notes = [...period.notes, ...deviceNotes(deps.devices, { tenantId, deviceId: question.device_id, run }), ...presenceNotes(run)];
  return { tenantId, run, compared, deviceId: question.device_id, startMs: period.startMs, endMs: period.endMs, notes };
}

function periodOf({ start, end }: BacktestQuestion, nowMs: number): { startMs: number; endMs: number; notes: string[] } {
  const [startMs, endMs] = [Date.parse(start), Date.parse(end)];
  if (startMs >= endMs) throw invalidField('end', `"end" is ${end}, which is not after the start ${start}; send a later one.`);
  if (endMs - startMs > LONGEST_BACKTEST_DAYS * DAY_MS) {
    const days = ((endMs - startMs) / DAY_MS).toFixed(1);
    throw invalidField('end', `The period is ${days} days long; send one of at most ${String(LONGEST_BACKTEST_DAYS)} days.`);
  }
  if (startMs >= nowMs)
    throw invalidField('start', `"start" is ${start}, which is in the future; nothing is stored of it. Send an earlier one.`);
  if (endMs <= nowMs) return { startMs, endMs, notes: [] };
  // Timers must not run into a time of which nothing can be known.
  return { startMs, endMs: nowMs, notes: [`The end lies in the future; replayed until ${new Date(nowMs).toISOString()}.`] };
}

async function sentRule(db: Queryable, tenantId: string, { prefix, input }: PlacedRule): Promise<AuthoredRule> {
  const rule = withoutBlanks(input);
  await assertDevicesExist(db, tenantId, [{ prefix, input: rule }]);
  return definitionOf(rule);
}

/** Devices that a kept rule names may be gone by now; then there is nothing to replay. */
async function keptRule(db: Queryable, tenantId: string, ruleId: string): Promise<AuthoredRule> {
  const row = await findRule(db, tenantId, ruleId);
  if (row === undefined || row.removed_at !== null) throw noRule(ruleId, row?.removed_at ?? undefined);
  return keptWithoutBlanks(row.definition);
}

async function comparedRule(db: Queryable, tenantId: string, of: ComparedRule): Promise<AuthoredRule> {
  if (of.rule !== undefined) return sentRule(db, tenantId, { prefix: 'compare_with.rule.', input: of.rule });
  const { rule_id: ruleId = '', version } = of;
  const row = await findRule(db, tenantId, ruleId);
  if (row === undefined) throw invalidField('compare_with.rule_id', `There is no rule ${ruleId}; send the id of a rule that exists.`);
  if (version === undefined) return keptWithoutBlanks(row.definition);
  const kept = await findVersion(db, { tenantId, ruleId, version });
  if (kept !== undefined) return keptWithoutBlanks(kept.definition as AuthoredRule);
  const message = `The rule "${row.definition.name}" has no version ${String(version)}; its newest is ${String(row.version)}.`;
  throw invalidField('compare_with.version', message);
}

/** Presence is not stored with the readings, so nobody can say when a device was offline. */
function refuseUnreplayable(rule: AuthoredRule, field: string): void {
  if (rule.rule_type !== 'schedule' || rule.conditions.check !== 'device_offline') return;
  const message = 'A rule with the check "device_offline" cannot be replayed, because presence is not kept as history; "no_data" can.';
  throw invalidField(field, message);
}

/** Checks the device that was asked for. One outside of the scope may be tried on: that is how one finds out about a new device. */
function deviceNotes(devices: DeviceLookup, of: { tenantId: string; deviceId: string | undefined; run: AuthoredRule }): string[] {
  const { tenantId, deviceId, run } = of;
  if (deviceId === undefined) return [];
  if (devices.lookup(deviceId)?.tenantId !== tenantId) {
    throw invalidField('device_id', `There is no device "${deviceId}"; send the id of a device that exists.`);
  }
  const { onlyDevice } = judgeFactoryOf(run);
  if (onlyDevice !== undefined && onlyDevice !== deviceId) {
    throw invalidField(
      'device_id',
      `The left side of the rule is a quantity of "${onlyDevice}", so it cannot be tried on "${deviceId}"; leave it out.`,
    );
  }
  const { device_id: only, device_type: type, location } = run.scope;
  const device = devices.lookup(deviceId);
  const isInScope =
    onlyDevice !== undefined ||
    ((only === undefined || only === deviceId) &&
      (type === undefined || type === device?.type) &&
      (location === undefined || location === device?.location));
  return isInScope ? [] : [`${deviceId} is not in the scope of the rule; it was tried on it all the same.`];
}

/** Where the platform's timers take part, they ask whether the device is there. */
function presenceNotes(run: AuthoredRule): string[] {
  const hasTimers =
    run.rule_type === 'schedule' ||
    (run.cooldown_seconds ?? 0) > 0 ||
    run.active !== undefined ||
    ((run.rule_type === 'threshold' || run.rule_type === 'comparison') && (run.conditions.duration_seconds ?? 0) > 0);
  return hasTimers ? ['Presence is not kept as history: timers ran as if every device had been online.'] : [];
}
