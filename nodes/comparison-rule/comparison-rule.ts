import type { AuthoredRule } from '../../src/contracts/rules.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { sharedRuleOf } from '../shared/rule-fields.ts';
import { defineRuleNode } from '../shared/rule-node.ts';
import { statusWithValue } from '../shared/rule-status.ts';
import { comparisonRuleConfig, ruleInWords } from './comparison-rule.config.ts';
import type { ComparisonRuleConfig } from './comparison-rule.config.ts';

/** Registers `iiot-comparison-rule`, which compares two quantities with each other, of one device or of two. */
export default function register(RED: PlatformRED): void {
  defineRuleNode(RED, {
    config: comparisonRuleConfig,
    ruleOf,
    statusOf: ({ config: { deviceId, unit }, services }) => statusWithValue({ deviceId, unit }, services.clock),
  });
}

/** The rule as the engine runs it; blank fields of the form are left out. */
function ruleOf(config: ComparisonRuleConfig): AuthoredRule {
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
