import { isDeepStrictEqual } from 'node:util';
import type { AuthoredRule, RuleDefinition, RuleTransition } from '../contracts/rules.ts';
import { registerWiredRule } from '../storage/repositories/rules.ts';
import type { WiredRule } from '../storage/repositories/rules.ts';
import { deleteRuleStates, loadRuleStates, unconsumedTransitions } from '../storage/repositories/rule-states.ts';
import type { StoredRuleState } from '../storage/repositories/rule-states.ts';
import { isInScope } from './ports.ts';
import type { EngineOptions, RuleDevices } from './ports.ts';

/** A wired rule as it was found in the database, ready to run. */
export interface OpenedRule {
  rule: RuleDefinition;
  startedAtMs: number;
  states: readonly StoredRuleState[];
  /** Whether the states were left by other conditions than the rule has now. */
  conditions: 'same' | 'changed';
  /** Devices that the rule no longer concerns; their states are deleted, their alerts are to be resolved. */
  dropped: readonly string[];
  /** Decisions that nobody has applied yet. */
  unsent: readonly RuleTransition[];
}

/**
 * Registers a wired rule and loads where it left off, in one transaction. A change of name, severity or message keeps the running state;
 * changed conditions keep what is active and start durations anew; another key, type or scope ends the rule for the devices it no
 * longer concerns.
 */
export function loadRule(
  options: Pick<EngineOptions, 'db' | 'devices' | 'clock'>,
  node: { ruleId: string; tenantId: string; nodeId: string; definition: WiredRule },
): Promise<OpenedRule> {
  const { db, devices, clock } = options;
  return db.transaction(async (tx) => {
    const { version, previous, startedAtMs } = await registerWiredRule(tx, node, clock.nowMs());
    const rule: RuleDefinition = { ...node.definition, rule_id: node.ruleId, version };
    const stored = await loadRuleStates(tx, [node.ruleId]);
    const states = stored.filter((state) => concerns(rule, previous, state.deviceId, devices));
    const dropped = stored.filter((state) => !states.includes(state)).map(({ deviceId }) => deviceId);
    await deleteRuleStates(tx, node.ruleId, dropped);
    const unsent = await unconsumedTransitions(tx, [node.ruleId]);
    const same = previous === undefined || sameConditions(previous, rule);
    return { rule, startedAtMs, states, conditions: same ? 'same' : 'changed', dropped, unsent };
  });
}

/** A device that is not in memory is kept: whether it is in scope shows with its next message. */
function concerns(rule: RuleDefinition, previous: WiredRule | undefined, deviceId: string, devices: RuleDevices): boolean {
  if (previous !== undefined && subjectOf(previous) !== subjectOf(rule)) return false;
  if (rule.rule_type === 'comparison' && (rule.conditions.left.device_id ?? deviceId) !== deviceId) return false;
  const isKnown = devices.lookup(deviceId) !== undefined || (rule.scope.device_id ?? '') !== '';
  return !isKnown || isInScope(rule.scope, deviceId, devices);
}

/** What the state of a rule is about: another type or quantity cannot go on from it. */
export function subjectOf(rule: AuthoredRule): string {
  switch (rule.rule_type) {
    case 'threshold':
    case 'statistical':
      return `${rule.rule_type} ${rule.conditions.key}`;
    case 'comparison':
      return `comparison ${JSON.stringify([rule.conditions.left, rule.conditions.right])}`;
    case 'schedule':
      return `schedule ${rule.conditions.check} ${rule.conditions.key ?? ''}`;
  }
}

/** Whether two versions of a rule judge alike. */
export function sameConditions(a: AuthoredRule, b: AuthoredRule): boolean {
  return isDeepStrictEqual(plain(a.conditions), plain(b.conditions));
}

/** As it comes back from the database: without what is undefined. */
function plain(conditions: AuthoredRule['conditions']): unknown {
  return JSON.parse(JSON.stringify(conditions));
}
