import type { AuthoredRule, ScheduleConditions } from '../../src/contracts/rules.ts';
import { sharedRuleOf } from '../shared/rule-fields.ts';
import { ruleInWords } from './schedule-rule.config.ts';
import type { ScheduleRuleConfig } from './schedule-rule.config.ts';

/** The rule as the engine runs it; what its check does not need is left out. */
export function ruleOf(config: ScheduleRuleConfig): AuthoredRule {
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
