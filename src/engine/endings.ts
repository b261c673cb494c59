import { endRule } from '../storage/repositories/rules.ts';
import { deleteRuleStates, silenceRule } from '../storage/repositories/rule-states.ts';
import { patiently } from './patience.ts';
import type { EngineOptions } from './ports.ts';
import type { RuleRecorder } from './recorder.ts';

/*
 * How a rule ends, for all devices or for some. The order matters: first nothing that was decided may be applied any more, then the alerts are
 * resolved, and last the states go; if the platform ends in between, the next start finds the states and does it again.
 */

/** Which rule. */
export interface RuleOf {
  tenantId: string;
  ruleId: string;
}

/** Ends what a rule was doing. Nothing of it may be written meanwhile (`RuleRecorder.abandon`). */
export async function endRunning({ db, alerts }: EngineOptions, of: RuleOf, resolvedBy: string, signal: AbortSignal): Promise<void> {
  const { tenantId, ruleId } = of;
  await patiently(() => silenceRule(db.system, ruleId), signal);
  await patiently(() => alerts.closeOpen({ tenantId, ruleId }, resolvedBy), signal);
  await patiently(() => endRule(db.system, ruleId), signal);
}

/** Ends a rule for devices that it is not for any more. `recorder`: of the set that runs it; what it decides of them from now on is recorded afterwards. */
export async function dropDevices(
  { db, alerts }: EngineOptions,
  of: RuleOf & { recorder?: RuleRecorder },
  { deviceIds, resolvedBy }: { deviceIds: readonly string[]; resolvedBy: string },
  signal: AbortSignal,
): Promise<void> {
  if (deviceIds.length === 0) return;
  const { tenantId, ruleId, recorder } = of;
  const work = async (): Promise<void> => {
    await patiently(() => silenceRule(db.system, ruleId, deviceIds), signal);
    for (const deviceId of deviceIds) await patiently(() => alerts.closeOpen({ tenantId, ruleId, deviceId }, resolvedBy), signal);
    await patiently(() => deleteRuleStates(db.system, ruleId, deviceIds), signal);
  };
  await (recorder === undefined ? work() : recorder.alone(work));
}
