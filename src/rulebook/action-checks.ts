import { unknownDeviceProblem } from '../contracts/rule-terms.ts';
import type { RuleAction, RuleInput } from '../contracts/stored-rules.ts';
import { tripleBraceProblem } from '../contracts/template-terms.ts';
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

/** What this installation says beside what can be told from an action. */
export interface ActionSurroundings {
  topicRoot: string;
  /** Why a request to a URL can never be sent, as far as its text says, in half a sentence after its address; undefined when it may be. */
  neverReachable: (url: string) => string | undefined;
}

/**
 * What cannot be told from an action alone: topics under the root of this installation, addresses that are never sent to, devices that do not exist, commands that their device does not
 * allow. Fails with INVALID_REQUEST that names each field.
 */
export async function assertActionsCanBeDone(
  tx: Queryable,
  { tenantId, ...surroundings }: { tenantId: string } & ActionSurroundings,
  rules: readonly PlacedRule[],
): Promise<void> {
  const actions = rules.flatMap(({ prefix, input }) =>
    (input.actions ?? []).map((action, index): PlacedAction => {
      return { prefix: `${prefix}actions.${String(index)}.`, action, ruleDeviceId: deviceOf(input) };
    }),
  );
  const named = actions.flatMap((each) => goalOf(each) ?? []);
  const allowed = await allowedCommandsOf(tx, tenantId, [...new Set(named)]);
  const errors = [...rules.flatMap(messageProblem), ...actions.flatMap((each) => problemOf(each, surroundings, allowed) ?? [])];
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

function messageProblem({ prefix, input }: PlacedRule): FieldError[] {
  const problem = tripleBraceProblem(input.message ?? '');
  return problem === undefined ? [] : [{ field: `${prefix}message`, message: `"${prefix}message": ${problem}` }];
}

function problemOf(
  placed: PlacedAction,
  { topicRoot, neverReachable }: ActionSurroundings,
  allowed: ReadonlyMap<string, readonly string[]>,
): FieldError | undefined {
  const { prefix, action } = placed;
  const braces = bracesProblem(action);
  if (braces !== undefined) return at(`${prefix}${braces.name}`, braces.problem);
  switch (action.type) {
    case 'email':
      return isTimezone(action.timezone)
        ? undefined
        : at(`${prefix}timezone`, `The time zone "${action.timezone ?? ''}" is unknown; enter one such as "America/Bogota".`);
    case 'webhook':
    case 'n8n': {
      const why = neverReachable(action.url);
      return why === undefined ? undefined : at(`${prefix}url`, `Nothing is ever sent to ${action.url}: ${why}. Enter another address.`);
    }
    case 'mqtt': {
      const problem = actionTopicProblem(action.topic, topicRoot);
      return problem === undefined ? undefined : at(`${prefix}topic`, problem);
    }
    case 'command':
      return commandProblemOf(placed, allowed);
    case 'flow':
    case 'script':
      return undefined;
  }
}

function at(field: string, problem: string): FieldError {
  return { field, message: `"${field}": ${problem}` };
}

/** The first text of an action with three braces, with the name of its field. */
function bracesProblem(action: RuleAction): { name: string; problem: string } | undefined {
  for (const name of ['subject', 'text', 'topic', 'payload', 'params'] as const) {
    const value: unknown = name in action ? action[name as keyof RuleAction] : undefined;
    const text = typeof value === 'string' ? value : value === undefined ? '' : textsIn(value).join(' ');
    const problem = tripleBraceProblem(text, name === 'params' ? 'parameter' : name);
    if (problem !== undefined) return { name, problem };
  }
  return undefined;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Blank is that of the platform. */
function isTimezone(zone: string | undefined): boolean {
  if (zone === undefined) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function commandProblemOf(placed: PlacedAction, allowed: ReadonlyMap<string, readonly string[]>): FieldError | undefined {
  const { prefix, action } = placed;
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
