import { DEFAULT_TOLERANCE_SECONDS, windowSecondsOf } from '../../contracts/rule-terms.ts';
import type { AuthoredRule } from '../../contracts/rules.ts';
import { secondsText, valueText } from './words.ts';

/** What a rule looks for, in words that follow "the rule asks for". */
export function conditionText(rule: AuthoredRule): string {
  switch (rule.rule_type) {
    case 'threshold': {
      const { key, operator, value, duration_seconds: seconds } = rule.conditions;
      return `"${key}" ${operator} ${valueText(value)}${lasting(seconds)}`;
    }
    case 'comparison': {
      const { left, operator, right, offset = 0, duration_seconds: seconds, tolerance_seconds: tolerance } = rule.conditions;
      const other = right.device_id === undefined || right.device_id === '' ? '' : ` of "${right.device_id}"`;
      const added = offset === 0 ? '' : ` ${offset < 0 ? '-' : '+'} ${valueText(Math.abs(offset))}`;
      const age = secondsText(tolerance ?? DEFAULT_TOLERANCE_SECONDS);
      return `"${left.key}" ${operator} "${right.key}"${other}${added}${lasting(seconds)}, of readings at most ${age} apart`;
    }
    case 'schedule': {
      const { check, schedule, timezone, key, seconds, offline_seconds: offlineSeconds } = rule.conditions;
      const when = `, looked at by the schedule "${schedule}" (${timezone})`;
      if (check === 'always') return `nothing but the time${when}`;
      if (check === 'device_offline') return `a device that is offline${lasting(offlineSeconds)}${when}`;
      return `no reading of "${key ?? ''}"${lasting(seconds)}${when}`;
    }
    case 'statistical': {
      const { key, function: statistic, window, operator, value } = rule.conditions;
      return `"${statistic}" of "${key}" over ${secondsText(windowSecondsOf(window) ?? 0)} ${operator} ${valueText(value)}`;
    }
  }
}

function lasting(seconds = 0): string {
  return seconds > 0 ? ` for ${secondsText(seconds)}` : '';
}
