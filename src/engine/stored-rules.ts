import type { RunningState } from '../contracts/stored-rules.ts';
import { restartRule, storedRule } from '../storage/repositories/rules.ts';
import type { RunnableRule } from '../storage/repositories/rules.ts';
import { dropDevices, endRunning } from './endings.ts';
import type { RuleOf } from './endings.ts';
import { leftStates, loadLeftStates, subjectOf } from './open-rule.ts';
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

/** A change of a stored rule, and the set that runs stored rules now, if any does. */
export interface StoredChange extends RuleOf {
  runningState: RunningState;
  /** Undefined while no node runs stored rules: what is stored then waits for one that does. */
  set: RuleSet | undefined;
  /** Makes the run of a rule in a set, without any device yet. */
  makeRun: (set: RuleSet, rule: RunnableRule) => RuleRun;
}

/** The same while a set runs stored rules. */
interface LiveChange extends StoredChange {
  set: RuleSet;
}

/**
 * Brings what runs in line with a stored rule that was created, edited, switched or deleted. The version before judges until the new one does,
 * so that each reading is judged once.
 */
export async function takeOverChange(options: EngineOptions, change: StoredChange, signal: AbortSignal): Promise<void> {
  const { tenantId, ruleId, set } = change;
  const row = await patiently(() => storedRule(options.db.system, tenantId, ruleId), signal);
  if (row === undefined || row.removed || !row.enabled) {
    set?.remove(ruleId);
    const ending = (): Promise<void> => endRunning(options, change, row?.removed === false ? RULE_DISABLED : RULE_REMOVED, signal);
    await (set === undefined ? ending() : set.recorder.abandon(ruleId, ending));
  } else if (set === undefined) await keepStored(options, change, row, signal);
  else await replace(options, { ...change, set }, row, signal);
}

/** Nothing runs: what is stored keeps the version that left it, and whoever opens the rule next goes on from there. */
async function keepStored(options: EngineOptions, change: StoredChange, row: RunnableRule, signal: AbortSignal): Promise<void> {
  if (change.runningState === 'reset') return startAnew(options, change, signal, options.clock.nowMs());
  const left = await patiently(() => loadLeftStates(options.db.system, [row], options.devices), signal);
  const { dropped = [], moved = [] } = left.get(change.ruleId) ?? {};
  await dropDevices(options, change, { deviceIds: [...dropped, ...moved], resolvedBy: RULE_CHANGED }, signal);
}

/** Lets the new version judge instead of the one before. */
async function replace(options: EngineOptions, change: LiveChange, row: RunnableRule, signal: AbortSignal): Promise<void> {
  const { ruleId, set, runningState } = change;
  const before = set.rules.get(ruleId);
  const filling = change.makeRun(set, row);
  const filled = set.fill(filling);
  await primeRules(set, [filling], options, signal).finally(filled);
  // From here on nothing is waited for: a reading that came in between would be judged by neither version, or by both.
  const goesOn = runningState === 'keep' && before !== undefined && subjectOf(before.rule) === subjectOf(row.definition);
  await (goesOn ? goOn(options, change, { before, row }, signal) : begin(options, change, row, signal));
}

/** The new version goes on from where the one before is. */
function goOn(
  options: EngineOptions,
  change: LiveChange,
  { before, row }: { before: RuleRun; row: RunnableRule },
  signal: AbortSignal,
): Promise<void> {
  const { set } = change;
  const run = change.makeRun(set, row);
  const states = [...before.devices.values()].map((device) => device.stored());
  const { same, changed, dropped, moved } = leftStates(row, states, new Map([[before.rule.version, before.rule]]), options.devices);
  for (const state of same) run.adopt(state, 'same');
  for (const state of changed) run.adopt(state, 'changed');
  set.recorder.handOver(before, run);
  set.add(run);
  for (const device of run.devices.values()) set.recorder.touch(device);
  return dropDevices(
    options,
    { ...change, recorder: set.recorder },
    { deviceIds: [...dropped, ...moved], resolvedBy: RULE_CHANGED },
    signal,
  );
}

/** The new version begins anew. What it decides is recorded after the end of the one before. */
function begin(options: EngineOptions, change: LiveChange, row: RunnableRule, signal: AbortSignal): Promise<void> {
  const { ruleId, set } = change;
  const startedAtMs = options.clock.nowMs();
  const run = change.makeRun(set, { ...row, startedAtMs });
  const started = set.recorder.abandon(ruleId, () => startAnew(options, change, signal, startedAtMs));
  set.add(run);
  return started;
}

async function startAnew(options: EngineOptions, change: RuleOf, signal: AbortSignal, startedAtMs: number): Promise<void> {
  await endRunning(options, change, RULE_CHANGED, signal);
  await patiently(() => restartRule(options.db.system, change.ruleId, startedAtMs), signal);
}
