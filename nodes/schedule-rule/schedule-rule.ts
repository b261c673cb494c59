import type { PlatformRED } from '../shared/platform.ts';
import { defineRuleNode } from '../shared/rule-node.ts';
import { DueStatus } from './due-status.ts';
import { ruleOf } from './rule-of.ts';
import { scheduleRuleConfig } from './schedule-rule.config.ts';

/** Registers `iiot-schedule-rule`, which looks at devices at the times of a schedule. */
export default function register(RED: PlatformRED): void {
  defineRuleNode(RED, {
    config: scheduleRuleConfig,
    ruleOf,
    statusOf: ({ config, services }) => {
      const status = new DueStatus(config, services.clock);
      return (summary) => status.of(summary);
    },
  });
}
