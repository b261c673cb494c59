import type { PlatformRED } from '../shared/platform.ts';
import { defineRuleNode } from '../shared/rule-node.ts';
import { statusWithValue } from '../shared/rule-status.ts';
import { ruleOf } from './rule-of.ts';
import { figureUnit, statisticalRuleConfig } from './statistical-rule.config.ts';

/** Registers `iiot-statistical-rule`, which judges a figure over the last readings against a limit, per device. */
export default function register(RED: PlatformRED): void {
  defineRuleNode(RED, {
    config: statisticalRuleConfig,
    ruleOf,
    statusOf: ({ config: { deviceId, statistic, unit }, services }) =>
      statusWithValue({ deviceId, unit: figureUnit(statistic, unit) }, services.clock),
  });
}
