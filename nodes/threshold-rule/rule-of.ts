import type { AuthoredRule } from '../../src/contracts/rules.ts';
import { sharedRuleOf } from '../shared/rule-fields.ts';
import { ruleInWords } from './threshold-rule.config.ts';
import type { ThresholdRuleConfig } from './threshold-rule.config.ts';

/** The rule as the engine runs it; blank fields of the form are left out. */
export function ruleOf(config: ThresholdRuleConfig): AuthoredRule {
  const { key, operator, value, clearValue, durationSeconds } = config;
  return {
    ...sharedRuleOf(config),
    name: config.name === '' ? ruleInWords(config) : config.name,
    rule_type: 'threshold',
    conditions: {
      key,
      operator,
      value,
      ...(durationSeconds === undefined ? {} : { duration_seconds: durationSeconds }),
      ...(clearValue === undefined ? {} : { clear_value: clearValue }),
    },
  };
}
