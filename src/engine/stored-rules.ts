import type { AuthoredRule } from '../contracts/rules.ts';
import type { RunningState } from '../contracts/stored-rules.ts';
import { endRule, restartRule, storedRule } from '../storage/repositories/rules.ts';
import type { RunnableRule, StoredRuleRow } from '../storage/repositories/rules.ts';
import { deleteRuleStates, loadRuleStates, saveRuleStates } from '../storage/repositories/rule-states.ts';
import type { StoredRuleState } from '../storage/repositories/rule-states.ts';
import { sameConditions, subjectOf } from './open-rule.ts';
import { patiently } from './patience.ts';
import { primeRules } from './prime.ts';
import type { EngineOptions } from './ports.ts';
import type { RuleRun } from './rule-run.ts';
import type { RuleSet } from './rule-set.ts';

/** What resolves the alerts of a stored rule that was switched off. */
export const RULE_DISABLED = 'rule disabled';
/** What resolves the alerts of a rule that is gone. */
export const RULE_REMOVED = 'rule removed';
/** What resolves the alerts of devices that a changed rule is not for any more, and those of a rule that starts anew. */
export const RULE_CHANGED = 'rule changed';

/** Makes the run of a rule in a set, without any device yet. */
export type MakeRun = (set: RuleSet, rule: RunnableRule) => RuleRun;

/** A change of a stored rule, and the set that runs stored rules now, if any does. */
export interface StoredChange {
  tenantId: string;
  ruleId: string;
  runningState: RunningState;
  /** Undefined while no node runs stored rules. */
  set: RuleSet | undefined;
  /** Somewhere to carry states over when no set is there to do it. */
  makeRun: MakeRun;
  spareSet: () => RuleSet;
}

/**
 * Brings what runs in line with a stored rule that was created, edited, switched or deleted. While it does, the set does not judge by this
 * rule: the messages of that moment are not among those that a changed rule is asked about.
 */
export async function takeOverChange(options: EngineOptions, change: StoredChange, signal: AbortSignal): Promise<void> {
  const { tenantId, ruleId } = change;
  const row = await patiently(() => storedRule(options.db.system, tenantId, ruleId), signal);
  if (row === undefined || row.removed || !row.enabled) {
    await end(options, change, row?.removed === false ? RULE_DISABLED : RULE_REMOVED, signal);
    return;
  }
  if (startsAnew(row, change.runningState)) {
    await end(options, change, RULE_CHANGED, signal);
    const nowMs = options.clock.nowMs();
    await patiently(() => restartRule(options.db.system, ruleId, nowMs), signal);
    row.startedAtMs = nowMs;
  }
  const dropped = await goOn(options, change, row, signal);
  await patiently(() => deleteRuleStates(options.db.system, ruleId, dropped), signal);
  for (const deviceId of dropped) await patiently(() => options.alerts.closeOpen({ tenantId, ruleId, deviceId }, RULE_CHANGED), signal);
}

/** The new version goes on from where the one before is; answers the devices that it is not for any more. */
async function goOn(options: EngineOptions, change: StoredChange, row: StoredRuleRow, signal: AbortSignal): Promise<string[]> {
  const { tenantId, ruleId, set } = change;
  const conditions = row.previous === undefined || sameConditions(row.previous, row.definition) ? 'same' : 'changed';
  const run = change.makeRun(set ?? change.spareSet(), row);
  if (set !== undefined) await primeRules(set, [run], options, signal);
  const stored = await patiently(() => loadRuleStates(options.db.system, [ruleId]), signal);
  // From here on nothing is waited for: a reading that came in between would be judged by neither version.
  const before = set?.rules.get(ruleId);
  const states = before === undefined ? stored : [...before.devices.values()].map((device) => device.stored());
  const dropped = adopt(run, states, conditions);
  if (set === undefined) {
    const carried = [...run.devices.values()].map((device) => device.stored());
    await patiently(() => saveRuleStates(options.db.system, tenantId, carried), signal);
    return dropped;
  }
  if (before !== undefined) set.recorder.handOver(before, run);
  set.add(run);
  for (const device of run.devices.values()) set.recorder.touch(device);
  return dropped;
}

/** Gives a run the stored states of the devices that it is for; answers the others. */
export function adopt(run: RuleRun, states: readonly StoredRuleState[], conditions: 'same' | 'changed'): string[] {
  const dropped: string[] = [];
  for (const state of states) {
    if (run.isFor(state.deviceId)) run.adopt(state, conditions);
    else dropped.push(state.deviceId);
  }
  return dropped;
}

/** Another quantity cannot go on from the state of the one before, whatever was asked for. */
function startsAnew(row: StoredRuleRow, runningState: RunningState): boolean {
  const previous: AuthoredRule | undefined = row.previous;
  return runningState === 'reset' || (previous !== undefined && subjectOf(previous) !== subjectOf(row.definition));
}

/** Ends what a rule was doing. Its transitions are marked first, so that none of them opens an alert afterwards. */
async function end({ db, alerts }: EngineOptions, change: StoredChange, resolvedBy: string, signal: AbortSignal): Promise<void> {
  const { tenantId, ruleId, set } = change;
  set?.remove(ruleId);
  await set?.recorder.abandon(ruleId);
  await patiently(() => db.transaction((tx) => endRule(tx, ruleId)), signal);
  await patiently(() => alerts.closeOpen({ tenantId, ruleId }, resolvedBy), signal);
}
