import type { PlatformRED } from '../shared/platform.ts';
import { defineRuleNode } from '../shared/rule-node.ts';
import { statusWithValue } from '../shared/rule-status.ts';
import { ruleOf } from './rule-of.ts';
import { comparisonRuleConfig } from './comparison-rule.config.ts';

/** Registers `iiot-comparison-rule`, which compares two quantities with each other, of one device or of two. */
export default function register(RED: PlatformRED): void {
  defineRuleNode(RED, {
    config: comparisonRuleConfig,
    ruleOf,
    statusOf: ({ config: { deviceId, unit }, services }) => statusWithValue({ deviceId, unit }, services.clock),
  });
}
