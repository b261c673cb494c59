import type { PlatformRED } from '../shared/platform.ts';
import { defineRuleNode } from '../shared/rule-node.ts';
import { statusWithValue } from '../shared/rule-status.ts';
import { ruleOf } from './rule-of.ts';
import { thresholdRuleConfig } from './threshold-rule.config.ts';

/** Registers `iiot-threshold-rule`, which judges stored telemetry against a limit, per device. */
export default function register(RED: PlatformRED): void {
  defineRuleNode(RED, {
    config: thresholdRuleConfig,
    ruleOf,
    statusOf: ({ config: { deviceId, unit }, services }) => statusWithValue({ deviceId, unit }, services.clock),
  });
}
