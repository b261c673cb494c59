import type { AuthoredRule, ScheduleConditions } from '../../src/contracts/rules.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { sharedRuleOf } from '../shared/rule-fields.ts';
import { defineRuleNode } from '../shared/rule-node.ts';
import { DueStatus } from './due-status.ts';
import { ruleInWords, scheduleRuleConfig } from './schedule-rule.config.ts';
import type { ScheduleRuleConfig } from './schedule-rule.config.ts';

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

/** The rule as the engine runs it; what its check does not need is left out. */
function ruleOf(config: ScheduleRuleConfig): AuthoredRule {
  return {
    ...sharedRuleOf(config),
    name: config.name === '' ? ruleInWords(config) : config.name,
    rule_type: 'schedule',
    conditions: { schedule: config.schedule, timezone: config.timezone, check: config.check, ...lookedFor(config) },
  };
}

function lookedFor({ check, offlineSeconds, key, seconds }: ScheduleRuleConfig): Partial<ScheduleConditions> {
  switch (check) {
    case 'device_offline':
      return offlineSeconds === undefined ? {} : { offline_seconds: offlineSeconds };
    case 'no_data':
      return { key, ...(seconds === undefined ? {} : { seconds }) };
    case 'always':
      return {};
  }
}
