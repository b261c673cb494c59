import type { AuthoredRule, RuleScope } from '../contracts/rules.ts';
import type { RuleInput } from '../contracts/stored-rules.ts';

/**
 * A rule as it is judged, of a rule as it is sent or kept: without what matters only after a decision (actions, priority, switch), and with
 * its scope in one place. A form leaves an empty text where nothing was chosen.
 */
export function authoredOf(rule: RuleInput | AuthoredRule): AuthoredRule {
  const { name, severity, cooldown_seconds, active, min_quality, lateness_seconds } = rule;
  const deviceId = 'device_id' in rule ? rule.device_id : undefined;
  const common = {
    name,
    severity,
    message: rule.message ?? '',
    scope: scopeOf(deviceId === undefined ? rule.scope : { device_id: deviceId }),
    ...(cooldown_seconds === undefined ? {} : { cooldown_seconds }),
    ...(active === undefined ? {} : { active }),
    ...(min_quality === undefined ? {} : { min_quality }),
    ...(lateness_seconds === undefined ? {} : { lateness_seconds }),
  };
  switch (rule.rule_type) {
    case 'threshold':
      return { ...common, rule_type: rule.rule_type, conditions: rule.conditions };
    case 'comparison':
      return { ...common, rule_type: rule.rule_type, conditions: rule.conditions };
    case 'schedule':
      return { ...common, rule_type: rule.rule_type, conditions: rule.conditions };
    case 'statistical':
      return { ...common, rule_type: rule.rule_type, conditions: rule.conditions };
  }
}

function scopeOf(scope: RuleScope | undefined): RuleScope {
  return Object.fromEntries(Object.entries(scope ?? {}).filter(([, text]) => text !== ''));
}
