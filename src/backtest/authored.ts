import type { AuthoredRule, RuleScope } from '../contracts/rules.ts';
import type { RuleInput } from '../contracts/stored-rules.ts';

/** A rule as it is sent, without the empty texts that a form leaves where nothing was chosen. */
export function withoutBlanks(rule: RuleInput): RuleInput {
  const { scope } = rule;
  const common = scope === undefined ? {} : { scope: withoutBlankScope(scope) };
  if (rule.rule_type !== 'comparison') return { ...rule, ...common };
  const { left, right } = rule.conditions;
  return { ...rule, ...common, conditions: { ...rule.conditions, left: withoutBlankDevice(left), right: withoutBlankDevice(right) } };
}

/** The same for a rule that is kept: what a node wrote of its form. */
export function keptWithoutBlanks(rule: AuthoredRule): AuthoredRule {
  return { ...rule, scope: withoutBlankScope(rule.scope) };
}

function withoutBlankScope(scope: RuleScope): RuleScope {
  return Object.fromEntries(Object.entries(scope).filter(([, text]) => text !== ''));
}

function withoutBlankDevice<Side extends { device_id?: string | undefined }>(side: Side): Side {
  const { device_id: deviceId, ...rest } = side;
  return deviceId === '' ? (rest as Side) : side;
}
