import { isDeepStrictEqual } from 'node:util';
import type { AuthoredRule, RuleDefinition, RuleTransition } from '../contracts/rules.ts';
import { judgeFactoryOf } from '../rules/registry.ts';
import type { Queryable } from '../storage/database.ts';
import { registerWiredRule, ruleDefinitions } from '../storage/repositories/rules.ts';
import type { RunnableRule, WiredRule } from '../storage/repositories/rules.ts';
import { loadRuleStates, unconsumedTransitions } from '../storage/repositories/rule-states.ts';
import type { StoredRuleState } from '../storage/repositories/rule-states.ts';
import { isInScope } from './ports.ts';
import type { EngineOptions, RuleDevices } from './ports.ts';

/** What a rule goes on with of the states that it, or an earlier version of it, left. */
export interface LeftStates {
  /** Left by the same conditions. */
  same: readonly StoredRuleState[];
  /** Left by other conditions than the rule has now. */
  changed: readonly StoredRuleState[];
  /** Devices that the rule no longer concerns because it was changed, or about which it starts anew; their states go, their alerts too. */
  dropped: readonly string[];
  /** Devices that were moved to another type or location than the rule is for; the same is done with them. */
  moved: readonly string[];
}

/** A wired rule as it was found in the database, ready to run. */
export interface OpenedRule {
  rule: RunnableRule;
  states: LeftStates;
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
  const { ruleId, definition } = node;
  return db.transaction(async (tx) => {
    const { version, startedAtMs } = await registerWiredRule(tx, node, clock.nowMs());
    const rule: RunnableRule = { definition: { ...definition, rule_id: ruleId, version }, priority: 0, startedAtMs };
    const states = (await loadLeftStates(tx, [rule], devices)).get(ruleId) ?? NOTHING_LEFT;
    return { rule, states, unsent: await unconsumedTransitions(tx, [ruleId]) };
  });
}

const NOTHING_LEFT: LeftStates = { same: [], changed: [], dropped: [], moved: [] };

/** What some rules go on with, by rule. */
export async function loadLeftStates(
  db: Queryable,
  rules: readonly RunnableRule[],
  devices: RuleDevices,
): Promise<ReadonlyMap<string, LeftStates>> {
  const ids = rules.map(({ definition }) => definition.rule_id);
  const states = Map.groupBy(await loadRuleStates(db, ids), ({ ruleId }) => ruleId);
  const earlier = rules.flatMap(({ definition: { rule_id: ruleId, version } }) => {
    const versions = new Set((states.get(ruleId) ?? []).map((state) => state.version ?? version));
    return [...versions].filter((other) => other !== version).map((other) => ({ ruleId, version: other }));
  });
  const definitions = Map.groupBy(await ruleDefinitions(db, earlier), ({ ruleId }) => ruleId);
  return new Map(
    rules.map((rule) => {
      const { rule_id: ruleId } = rule.definition;
      const versions = new Map((definitions.get(ruleId) ?? []).map(({ version, definition }) => [version, definition] as const));
      return [ruleId, leftStates(rule, states.get(ruleId) ?? [], versions, devices)] as const;
    }),
  );
}

/** Parts states by what left them; `versions`: what earlier versions of the rule said. */
export function leftStates(
  { definition: rule, startedAtMs }: Pick<RunnableRule, 'definition' | 'startedAtMs'>,
  states: readonly StoredRuleState[],
  versions: ReadonlyMap<number, AuthoredRule>,
  devices: RuleDevices,
): LeftStates {
  const left: Record<keyof LeftStates, StoredRuleState[]> = { same: [], changed: [], dropped: [], moved: [] };
  for (const state of states) {
    const by = state.version === null ? rule : (versions.get(state.version) ?? rule);
    const isEarlier = state.startedAtMs !== null && Math.abs(state.startedAtMs - startedAtMs) > 1;
    if (isEarlier || subjectOf(by) !== subjectOf(rule)) left.dropped.push(state);
    else if (!concerns(rule, state.deviceId, devices)) left[by === rule ? 'moved' : 'dropped'].push(state);
    else left[by === rule || sameConditions(by, rule) ? 'same' : 'changed'].push(state);
  }
  const idsOf = (list: readonly StoredRuleState[]): string[] => list.map(({ deviceId }) => deviceId);
  return { same: left.same, changed: left.changed, dropped: idsOf(left.dropped), moved: idsOf(left.moved) };
}

/** A device that is not in memory is kept: whether it is in scope shows with its next message. */
function concerns(rule: RuleDefinition, deviceId: string, devices: RuleDevices): boolean {
  const { onlyDevice, notDevice } = judgeFactoryOf(rule);
  if ((onlyDevice !== undefined && onlyDevice !== deviceId) || notDevice === deviceId) return false;
  const isKnown = devices.lookup(deviceId) !== undefined || (rule.scope.device_id ?? '') !== '';
  return !isKnown || isInScope(rule.scope, deviceId, devices);
}

/** What the state of a rule is about: another type or quantity cannot go on from it. */
export function subjectOf(rule: AuthoredRule): string {
  switch (rule.rule_type) {
    case 'threshold':
    case 'statistical':
      return `${rule.rule_type} ${rule.conditions.key}`;
    case 'comparison': {
      const { left, right } = rule.conditions;
      // By name: the database gives the fields of a side back in an order of its own.
      return `comparison ${JSON.stringify([left.device_id ?? '', left.key, right.device_id ?? '', right.key])}`;
    }
    case 'schedule':
      return `schedule ${rule.conditions.check} ${rule.conditions.key ?? ''}`;
  }
}

/** Whether two versions of a rule judge alike. */
function sameConditions(a: AuthoredRule, b: AuthoredRule): boolean {
  return isDeepStrictEqual(plain(a.conditions), plain(b.conditions));
}

/** As it comes back from the database: without what is undefined. */
function plain(conditions: AuthoredRule['conditions']): unknown {
  return JSON.parse(JSON.stringify(conditions));
}
