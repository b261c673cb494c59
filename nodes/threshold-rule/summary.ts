import { readConfig } from '../shared/node-config.ts';
import type { StoredFields } from '../shared/node-config.ts';
import { thresholdRuleConfig } from './threshold-rule.config.ts';
import type { ThresholdRuleConfig } from './threshold-rule.config.ts';

const WORDS = { '>': 'above', '>=': 'at least', '<': 'below', '<=': 'at most', '==': 'exactly', '!=': 'anything but' } as const;
/** Where the value must be for an alert to clear; equality has no clear value. */
const CLEARED = { '>': 'at or below', '>=': 'below', '<': 'at or above', '<=': 'above', '==': '', '!=': '' } as const;
const MINUTE = 60;
const HOUR = 3_600;

/** The rule as a sentence: what raises an alert, and what clears it. A rule that is not finished says so. */
export function summaryOf(fields: StoredFields): string {
  const read = readConfig(thresholdRuleConfig, fields);
  if (!read.ok) return 'The rule is not complete yet: look at the fields marked below.';
  const rule = read.config;
  const duration = rule.durationSeconds === undefined || rule.durationSeconds === 0 ? '' : ` for ${durationInWords(rule.durationSeconds)}`;
  const condition = `${rule.key} of ${scopeInWords(rule)} is ${WORDS[rule.operator]} ${withUnit(rule.value, rule.unit)}${duration}`;
  return `Raises ${rule.severity === 'info' ? 'an info' : `a ${rule.severity}`} alert when ${condition}. ${clearingInWords(rule)}`;
}

/** Seconds in the largest units that fit: 90 is "1 min 30 s". */
export function durationInWords(seconds: number): string {
  const hours = Math.floor(seconds / HOUR);
  const minutes = Math.floor((seconds % HOUR) / MINUTE);
  const rest = Number((seconds % MINUTE).toFixed(3));
  const parts = [hours > 0 ? `${String(hours)} h` : '', minutes > 0 ? `${String(minutes)} min` : '', rest > 0 ? `${String(rest)} s` : ''];
  return parts.filter((part) => part !== '').join(' ') || '0 s';
}

function scopeInWords({ deviceId, deviceType, location }: ThresholdRuleConfig): string {
  if (deviceId !== '') return deviceId;
  const kind = deviceType === '' ? 'any device' : `any ${deviceType}`;
  return location === '' ? kind : `${kind} at ${location}`;
}

function clearingInWords({ operator, clearValue, unit }: ThresholdRuleConfig): string {
  if (clearValue === undefined) return 'It clears as soon as that is no longer so.';
  return `It clears ${CLEARED[operator]} ${withUnit(clearValue, unit)}.`;
}

function withUnit(value: number, unit: string): string {
  return unit === '' ? String(value) : `${String(value)} ${unit}`;
}
