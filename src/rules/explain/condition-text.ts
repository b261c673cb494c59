import { DEFAULT_TOLERANCE_SECONDS, windowSecondsOf } from '../../contracts/rule-terms.ts';
import type { AuthoredRule } from '../../contracts/rules.ts';
import { setText } from './scope-step.ts';
import type { Words } from './words/words.ts';

/** What a rule looks for, in words that follow "the rule asks for". */
export function conditionText(rule: AuthoredRule, { say: { condition } }: Words): string {
  switch (rule.rule_type) {
    case 'threshold': {
      const { key, operator, value, duration_seconds: seconds = 0 } = rule.conditions;
      return condition.threshold(key, operator, value, seconds);
    }
    case 'comparison': {
      const { left, operator, right, offset = 0, duration_seconds: length = 0, tolerance_seconds: tolerance } = rule.conditions;
      const other = { key: right.key, deviceId: setText(right.device_id), offset };
      return condition.comparison(left.key, operator, other, { length, tolerance: tolerance ?? DEFAULT_TOLERANCE_SECONDS });
    }
    case 'schedule': {
      const { check, key = '', seconds = 0, offline_seconds: offlineSeconds = 0 } = rule.conditions;
      if (check === 'always') return condition.always(rule.conditions);
      return check === 'device_offline'
        ? condition.offline(offlineSeconds, rule.conditions)
        : condition.silent(key, seconds, rule.conditions);
    }
    case 'statistical': {
      const { key, function: statistic, window, operator, value: limit } = rule.conditions;
      return condition.statistical(statistic, key, windowSecondsOf(window) ?? 0, { operator, limit });
    }
  }
}
