import { LONGEST_BACKTEST_DAYS } from '../contracts/backtest.ts';
import type { BacktestQuestion, ComparedRule } from '../contracts/backtest.ts';
import type { AuthoredRule } from '../contracts/rules.ts';
import type { RuleInput } from '../contracts/stored-rules.ts';
import { AppError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import type { DeviceLookup } from '../devices/device-directory.ts';
import { judgeFactoryOf } from '../rules/registry.ts';
import type { Queryable } from '../storage/database.ts';
import { keptRule } from '../storage/repositories/past-rules.ts';
import { authoredOf } from './authored.ts';
import type { BacktestJob } from './types.ts';

/** What a question is made a job with. */
export interface QuestionDeps {
  /** As the platform: every statement names the tenant. */
  db: Queryable;
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
  const sent = question.rule === undefined ? undefined : authoredOf(question.rule);
  const kept = ruleId === undefined ? undefined : await keptRule(deps.db, { tenantId, ruleId, version: undefined });
  if (ruleId !== undefined && kept === undefined) throw new AppError('NOT_FOUND', `There is no rule with the id "${ruleId}".`);
  const run = sent ?? (kept === undefined ? undefined : authoredOf(kept));
  if (run === undefined) throw invalid('rule', '"rule" is missing; send the rule to try.');
  const other = question.compare_with === undefined ? undefined : await comparedOf(deps.db, tenantId, question.compare_with);
  const compared = other ?? (sent === undefined || kept === undefined ? undefined : authoredOf(kept));
  refuseUnreplayable(run, sent === undefined ? 'id' : 'rule.conditions.check');
  if (compared !== undefined) refuseUnreplayable(compared, 'compare_with');
  const known = { tenantId, devices: deps.devices };
  if (question.rule !== undefined) refuseUnknownDevices('rule', question.rule, known);
  if (question.compare_with?.rule !== undefined) refuseUnknownDevices('compare_with.rule', question.compare_with.rule, known);
  const notes = [...period.notes, ...deviceNotes(deps.devices, { tenantId, deviceId: question.device_id, run }), ...presenceNotes(run)];
  return { tenantId, run, compared, deviceId: question.device_id, startMs: period.startMs, endMs: period.endMs, notes };
}

function invalid(field: string, message: string): AppError {
  return new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}

function periodOf({ start, end }: BacktestQuestion, nowMs: number): { startMs: number; endMs: number; notes: string[] } {
  const [startMs, endMs] = [Date.parse(start), Date.parse(end)];
  if (startMs >= endMs) throw invalid('end', `"end" is ${end}, which is not after the start ${start}; send a later one.`);
  if (endMs - startMs > LONGEST_BACKTEST_DAYS * DAY_MS) {
    const days = ((endMs - startMs) / DAY_MS).toFixed(1);
    throw invalid('end', `The period is ${days} days long; send one of at most ${String(LONGEST_BACKTEST_DAYS)} days.`);
  }
  if (startMs >= nowMs)
    throw invalid('start', `"start" is ${start}, which is in the future; nothing is stored of it. Send an earlier one.`);
  if (endMs <= nowMs) return { startMs, endMs, notes: [] };
  // Timers must not run into a time of which nothing can be known.
  return { startMs, endMs: nowMs, notes: [`The end lies in the future; replayed until ${new Date(nowMs).toISOString()}.`] };
}

async function comparedOf(db: Queryable, tenantId: string, { rule_id: ruleId, version, rule }: ComparedRule): Promise<AuthoredRule> {
  if (rule !== undefined) return authoredOf(rule);
  const kept = await keptRule(db, { tenantId, ruleId: ruleId ?? '', version });
  if (kept !== undefined) return authoredOf(kept);
  if (version !== undefined && (await keptRule(db, { tenantId, ruleId: ruleId ?? '', version: undefined })) !== undefined) {
    throw invalid('compare_with.version', `The rule "${ruleId ?? ''}" has no version ${String(version)}; send one that it has.`);
  }
  throw invalid('compare_with.rule_id', `There is no rule with the id "${ruleId ?? ''}"; send the id of a rule that exists.`);
}

/** Presence is not stored with the readings, so nobody can say when a device was offline. */
function refuseUnreplayable(rule: AuthoredRule, field: string): void {
  if (rule.rule_type !== 'schedule' || rule.conditions.check !== 'device_offline') return;
  const message = 'A rule with the check "device_offline" cannot be replayed, because presence is not kept as history; "no_data" can.';
  throw invalid(field, message);
}

/** Devices that a rule names which is sent; a kept one may name a device that is gone by now, and then there is nothing to replay. */
function refuseUnknownDevices(at: string, rule: RuleInput, known: { tenantId: string; devices: DeviceLookup }): void {
  const named: [field: string, deviceId: string | undefined][] = [
    [`${at}.device_id`, rule.device_id],
    [`${at}.scope.device_id`, rule.scope?.device_id],
  ];
  if (rule.rule_type === 'comparison') {
    const { left, right } = rule.conditions;
    named.push([`${at}.conditions.left.device_id`, left.device_id], [`${at}.conditions.right.device_id`, right.device_id]);
  }
  for (const [field, deviceId] of named) {
    if (deviceId !== undefined && deviceId !== '') refuseUnknown(field, deviceId, known);
  }
}

function refuseUnknown(field: string, deviceId: string, { tenantId, devices }: { tenantId: string; devices: DeviceLookup }): void {
  if (devices.lookup(deviceId)?.tenantId === tenantId) return;
  throw invalid(field, `There is no device "${deviceId}"; send the id of a device that exists.`);
}

/** Checks the device that was asked for. One outside of the scope may be tried on: that is how one finds out about a new device. */
function deviceNotes(devices: DeviceLookup, of: { tenantId: string; deviceId: string | undefined; run: AuthoredRule }): string[] {
  const { tenantId, deviceId, run } = of;
  if (deviceId === undefined) return [];
  refuseUnknown('device_id', deviceId, { tenantId, devices });
  const { onlyDevice } = judgeFactoryOf(run);
  if (onlyDevice !== undefined && onlyDevice !== deviceId) {
    throw invalid(
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
