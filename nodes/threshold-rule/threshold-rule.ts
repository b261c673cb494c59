import type { AuthoredRule } from '../../src/contracts/rules.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { sharedRuleOf } from '../shared/rule-fields.ts';
import { defineRuleNode } from '../shared/rule-node.ts';
import { statusWithValue } from '../shared/rule-status.ts';
import { ruleInWords, thresholdRuleConfig } from './threshold-rule.config.ts';
import type { ThresholdRuleConfig } from './threshold-rule.config.ts';

/** Registers `iiot-threshold-rule`, which judges stored telemetry against a limit, per device. */
export default function register(RED: PlatformRED): void {
  defineRuleNode(RED, {
    config: thresholdRuleConfig,
    ruleOf,
    statusOf: ({ config: { deviceId, unit }, services }) => statusWithValue({ deviceId, unit }, services.clock),
  });
}

/** The rule as the engine runs it; blank fields of the form are left out. */
function ruleOf(config: ThresholdRuleConfig): AuthoredRule {
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
