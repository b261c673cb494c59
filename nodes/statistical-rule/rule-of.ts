import type { AuthoredRule } from '../../src/contracts/rules.ts';
import { sharedRuleOf } from '../shared/rule-fields.ts';
import { ruleInWords } from './statistical-rule.config.ts';
import type { StatisticalRuleConfig } from './statistical-rule.config.ts';

/** The rule as the engine runs it; blank fields of the form are left out. */
export function ruleOf(config: StatisticalRuleConfig): AuthoredRule {
  const { key, statistic, window, operator, value, clearValue, minSamples } = config;
  return {
    ...sharedRuleOf(config),
    name: config.name === '' ? ruleInWords(config) : config.name,
    rule_type: 'statistical',
    conditions: {
      key,
      function: statistic,
      window,
      operator,
      value,
      ...(clearValue === undefined ? {} : { clear_value: clearValue }),
      ...(minSamples === undefined ? {} : { min_samples: minSamples }),
    },
  };
}
