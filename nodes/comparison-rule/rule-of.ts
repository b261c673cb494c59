import type { AuthoredRule } from '../../src/contracts/rules.ts';
import { sharedRuleOf } from '../shared/rule-fields.ts';
import { ruleInWords } from './comparison-rule.config.ts';
import type { ComparisonRuleConfig } from './comparison-rule.config.ts';

/** The rule as the engine runs it; blank fields of the form are left out. */
export function ruleOf(config: ComparisonRuleConfig): AuthoredRule {
  const { key, operator, rightKey, rightDeviceId, offset, clearOffset, durationSeconds, toleranceSeconds } = config;
  return {
    ...sharedRuleOf(config),
    name: config.name === '' ? ruleInWords(config) : config.name,
    rule_type: 'comparison',
    conditions: {
      left: { key },
      operator,
      right: { ...(rightDeviceId === '' ? {} : { device_id: rightDeviceId }), key: rightKey },
      ...(offset === undefined ? {} : { offset }),
      ...(clearOffset === undefined ? {} : { clear_offset: clearOffset }),
      ...(durationSeconds === undefined || durationSeconds === 0 ? {} : { duration_seconds: durationSeconds }),
      ...(toleranceSeconds === undefined ? {} : { tolerance_seconds: toleranceSeconds }),
    },
  };
}
