import { readConfig } from '../shared/node-config.ts';
import type { StoredFields } from '../shared/node-config.ts';
import { alertInWords, durationInWords, scopeInWords, sharedInWords } from '../shared/rule-words.ts';
import { scheduleRuleConfig } from './schedule-rule.config.ts';
import type { ScheduleRuleConfig } from './schedule-rule.config.ts';

/** The rule as a sentence: when it looks, what raises an alert, and what clears it. A rule that is not finished says so. */
export function summaryOf(fields: StoredFields): string {
  const read = readConfig(scheduleRuleConfig, fields);
  if (!read.ok) return 'The rule is not complete yet: look at the fields marked below.';
  const rule = read.config;
  const { found, clearing } = lookedFor(rule);
  const times = scheduleInWords(rule.schedule);
  return `Looks ${times} (${rule.timezone}) and raises ${alertInWords(rule)} alert ${found}. ${clearing}${sharedInWords(rule)}`;
}

function lookedFor(rule: ScheduleRuleConfig): { found: string; clearing: string } {
  const devices = scopeInWords(rule);
  const { offlineSeconds = 0, seconds = 0 } = rule;
  switch (rule.check) {
    case 'device_offline': {
      const found = offlineSeconds === 0 ? 'is offline' : `has been offline for ${durationInWords(offlineSeconds)}`;
      return { found: `when ${devices} ${found}`, clearing: 'It clears as soon as the device is back.' };
    }
    case 'no_data': {
      const found = `when ${devices} has sent no ${rule.key} for ${durationInWords(seconds)}`;
      return { found, clearing: `It clears with the next reading of ${rule.key}.` };
    }
    case 'always':
      return { found: `for ${devices} each time`, clearing: 'It clears when the next one is raised.' };
  }
}

/** Schedules that many have, as people say them; any other as it is written. */
export function scheduleInWords(schedule: string): string {
  const [minute = '', hour = '', day, month, weekdays = ''] = schedule.trim().split(/\s+/);
  const anyDate = day === '*' && month === '*';
  const everyMinutes = /^\*\/(\d+)$/.exec(minute)?.[1];
  if (anyDate && weekdays === '*' && hour === '*' && everyMinutes !== undefined) return `every ${everyMinutes} min`;
  if (anyDate && weekdays === '*' && hour === '*' && minute === '0') return 'every hour';
  if (anyDate && /^\d+$/.test(minute) && /^\d+$/.test(hour)) {
    const time = `at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
    return weekdays === '*' ? `daily ${time}` : `on ${daysInWords(weekdays)} ${time}`;
  }
  return `at each time of "${schedule}"`;
}

function daysInWords(weekdays: string): string {
  return /^(mon-fri|1-5)$/i.test(weekdays) ? 'workdays' : `days ${weekdays}`;
}
