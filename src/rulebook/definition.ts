import { isDeepStrictEqual } from 'node:util';
import { PRIORITIES } from '../contracts/rule-terms.ts';
import type { AuthoredRule } from '../contracts/rules.ts';
import type { RuleInput, RunningState } from '../contracts/stored-rules.ts';
import type { RuleRow, StoredDefinition } from '../storage/repositories/rulebook.ts';

/** What is kept of a rule as it was sent: the scope in its long form, defaults filled in where they have a place. */
export function definitionOf(input: RuleInput): StoredDefinition {
  const { device_id: deviceId, scope, message, actions, priority, enabled: _enabled, ...rest } = input;
  return {
    ...rest,
    scope: deviceId === undefined ? (scope ?? {}) : { device_id: deviceId },
    message: message ?? '',
    priority: priority ?? PRIORITIES.usual,
    actions: actions ?? [],
  };
}

/** The other way: a rule as it would be sent, for edits and exports. What a form left blank is left out. */
export function inputOf({ definition, enabled, priority }: Pick<RuleRow, 'definition' | 'enabled' | 'priority'>): RuleInput {
  const { scope, message, actions, priority: _priority, ...rest } = definition;
  return {
    ...rest,
    ...(Object.keys(scope).length === 0 ? {} : { scope }),
    ...(message === '' ? {} : { message }),
    ...(actions === undefined || actions.length === 0 ? {} : { actions }),
    priority,
    enabled,
  };
}

/**
 * What becomes of running state unless the author says otherwise: it is kept while what it is about stays the same, that is type, conditions,
 * scope and which readings count at all.
 */
export function usualRunningState(before: AuthoredRule, after: AuthoredRule): RunningState {
  return isDeepStrictEqual(conditionOf(before), conditionOf(after)) ? 'keep' : 'reset';
}

/** Whether two definitions say the same, as jsonb sees it: without regard to order and to what is undefined. */
export function sameDefinition(before: object, after: object): boolean {
  return isDeepStrictEqual(plain(before), plain(after));
}

function conditionOf({ rule_type, conditions, scope, min_quality }: AuthoredRule): unknown {
  return plain({ rule_type, conditions, scope, min_quality: min_quality ?? 0 });
}

/** Without what is undefined, as it comes back from the database. */
function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** A device that a rule names, and the field it is named in. */
export interface NamedDevice {
  field: string;
  deviceId: string;
}

/** The devices that a rule names, in the order of its fields. */
export function devicesNamedIn(input: RuleInput): NamedDevice[] {
  const named: [string, string | undefined][] = [
    ['device_id', input.device_id],
    ['scope.device_id', input.scope?.device_id],
  ];
  if (input.rule_type === 'comparison') {
    const { left, right } = input.conditions;
    named.push(['conditions.left.device_id', left.device_id], ['conditions.right.device_id', right.device_id]);
  }
  return named.flatMap(([field, deviceId]) => (deviceId === undefined ? [] : [{ field, deviceId }]));
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The rule with some fields changed, by JSON Merge Patch (RFC 7396): objects are merged, `null` removes, everything else is replaced. With
 * another type the conditions of the old one have no meaning and are not merged; `device_id` and `scope` are two words for one
 * thing, so each replaces the other.
 */
export function patchRule(rule: RuleInput, patch: JsonObject): unknown {
  const base: Record<string, unknown> = { ...rule };
  const { rule_type: ruleType, device_id: deviceId } = patch;
  if (ruleType !== undefined && ruleType !== rule.rule_type && patch['conditions'] !== undefined) delete base['conditions'];
  if (deviceId !== undefined && patch['scope'] === undefined) delete base['scope'];
  return merged(base, patch);
}

function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, name);
    // Not by assignment: "__proto__" must stay a field like any other, to be refused as unknown.
    else Object.defineProperty(result, name, { value: merged(result[name], value), enumerable: true, configurable: true, writable: true });
  }
  return result;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
