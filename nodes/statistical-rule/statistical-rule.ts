import type { AuthoredRule } from '../../src/contracts/rules.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { sharedRuleOf } from '../shared/rule-fields.ts';
import { defineRuleNode } from '../shared/rule-node.ts';
import { statusWithValue } from '../shared/rule-status.ts';
import { figureUnit, ruleInWords, statisticalRuleConfig } from './statistical-rule.config.ts';
import type { StatisticalRuleConfig } from './statistical-rule.config.ts';

/** Registers `iiot-statistical-rule`, which judges a figure over the last readings against a limit, per device. */
export default function register(RED: PlatformRED): void {
  defineRuleNode(RED, {
    config: statisticalRuleConfig,
    ruleOf,
    statusOf: ({ config: { deviceId, statistic, unit }, services }) =>
      statusWithValue({ deviceId, unit: figureUnit(statistic, unit) }, services.clock),
  });
}

/** The rule as the engine runs it; blank fields of the form are left out. */
function ruleOf(config: StatisticalRuleConfig): AuthoredRule {
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
