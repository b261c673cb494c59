import { unknownDeviceProblem } from '../contracts/rule-terms.ts';
import type { RuleAction, RuleInput } from '../contracts/stored-rules.ts';
import { actionTopicProblem } from '../contracts/topics.ts';
import { AppError } from '../core/errors.ts';
import type { FieldError } from '../core/errors.ts';
import { commandProblem } from '../devices/allowed-commands.ts';
import type { Queryable } from '../storage/database.ts';
import { allowedCommandsOf } from '../storage/repositories/devices.ts';
import type { PlacedRule } from './refusals.ts';

interface PlacedAction {
  /** Of the action, with a point at its end: `actions.0.` */
  prefix: string;
  action: RuleAction;
  /** Of the rule, when it has one only. */
  ruleDeviceId: string | undefined;
}

/**
 * What cannot be told from an action alone: topics under the root of this installation, devices that do not exist, commands that their device does not
 * allow. Fails with INVALID_REQUEST that names each field.
 */
export async function assertActionsCanBeDone(
  tx: Queryable,
  { tenantId, topicRoot }: { tenantId: string; topicRoot: string },
  rules: readonly PlacedRule[],
): Promise<void> {
  const actions = rules.flatMap(({ prefix, input }) =>
    (input.actions ?? []).map((action, index): PlacedAction => {
      return { prefix: `${prefix}actions.${String(index)}.`, action, ruleDeviceId: deviceOf(input) };
    }),
  );
  const named = actions.flatMap((each) => goalOf(each) ?? []);
  const allowed = await allowedCommandsOf(tx, tenantId, [...new Set(named)]);
  const errors = actions.flatMap((each) => problemOf(each, topicRoot, allowed) ?? []);
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length > 1 ? ` (and ${String(errors.length - 1)} more)` : '';
  throw new AppError('INVALID_REQUEST', `${first.message}${more}`, { errors: errors.slice(0, 50) });
}

/** The one device that a rule judges; undefined when its scope may hold others. */
function deviceOf(input: RuleInput): string | undefined {
  const left = input.rule_type === 'comparison' ? input.conditions.left.device_id : undefined;
  return input.device_id ?? input.scope?.device_id ?? left;
}

/** The device that an action commands, where that is known when it is saved. */
function goalOf({ action, ruleDeviceId }: PlacedAction): string | undefined {
  return action.type === 'command' ? (action.device_id ?? ruleDeviceId) : undefined;
}

function problemOf(placed: PlacedAction, topicRoot: string, allowed: ReadonlyMap<string, readonly string[]>): FieldError | undefined {
  const { prefix, action } = placed;
  if (action.type === 'mqtt') {
    const problem = actionTopicProblem(action.topic, topicRoot);
    return problem === undefined ? undefined : { field: `${prefix}topic`, message: `"${prefix}topic": ${problem}` };
  }
  const deviceId = goalOf(placed);
  if (action.type !== 'command' || deviceId === undefined) return undefined;
  const commands = allowed.get(deviceId);
  if (commands === undefined) {
    const field = `${prefix}device_id`;
    return { field, message: `"${field}" is "${deviceId}". ${unknownDeviceProblem(deviceId)}` };
  }
  if (commands.includes(action.command)) return undefined;
  const field = `${prefix}command`;
  return { field, message: `"${field}" is "${action.command}". ${commandProblem(deviceId, action.command, commands)}` };
}
