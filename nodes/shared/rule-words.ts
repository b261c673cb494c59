import { DEFAULT_LATENESS_SECONDS } from '../../src/contracts/rule-terms.ts';
import type { Operator } from '../../src/contracts/rule-terms.ts';
import type { RuleFields } from './rule-fields.ts';

/** How an operator is said. */
export const OPERATOR_WORDS = {
  '>': 'above',
  '>=': 'at least',
  '<': 'below',
  '<=': 'at most',
  '==': 'exactly',
  '!=': 'anything but',
} as const;
/** Where the value must be for an alert to clear; equality has no clear value. */
export const CLEARED = { '>': 'at or below', '>=': 'below', '<': 'at or above', '<=': 'above', '==': '', '!=': '' } as const;
const MINUTE = 60;
const HOUR = 3_600;

/** Seconds in the largest units that fit: 90 is "1 min 30 s". */
export function durationInWords(seconds: number): string {
  const hours = Math.floor(seconds / HOUR);
  const minutes = Math.floor((seconds % HOUR) / MINUTE);
  const rest = Number((seconds % MINUTE).toFixed(3));
  const parts = [hours > 0 ? `${String(hours)} h` : '', minutes > 0 ? `${String(minutes)} min` : '', rest > 0 ? `${String(rest)} s` : ''];
  return parts.filter((part) => part !== '').join(' ') || '0 s';
}

/** How long it must hold, with a space before it; nothing when that is at once. */
export function forInWords(seconds: number | undefined): string {
  return seconds === undefined || seconds === 0 ? '' : ` for ${durationInWords(seconds)}`;
}

/** For which devices a rule is. */
export function scopeInWords({ deviceId, deviceType, location }: Pick<RuleFields, 'deviceId' | 'deviceType' | 'location'>): string {
  if (deviceId !== '') return deviceId;
  const kind = deviceType === '' ? 'any device' : `any ${deviceType}`;
  return location === '' ? kind : `${kind} at ${location}`;
}

/** "a warning", "an info". */
export function alertInWords({ severity }: Pick<RuleFields, 'severity'>): string {
  return severity === 'info' ? 'an info' : `a ${severity}`;
}

/** When an alert ends. */
export function clearingInWords(rule: { operator: Operator; clearValue: number | undefined; unit: string }): string {
  const { operator, clearValue, unit } = rule;
  if (clearValue === undefined) return 'It clears as soon as that is no longer so.';
  return `It clears ${CLEARED[operator]} ${withUnit(clearValue, unit)}.`;
}

/** Cooldown, hours, quality and lateness, each a sentence with a space before it; nothing for what is blank. */
export function sharedInWords(rule: RuleFields): string {
  const { cooldownSeconds = 0, minQuality = 0, latenessSeconds } = rule;
  const cooldown = cooldownSeconds === 0 ? '' : ` After that it is quiet for ${durationInWords(cooldownSeconds)}.`;
  const quality = minQuality === 0 ? '' : ` Readings of a quality below ${String(minQuality)} are passed over.`;
  return `${cooldown}${hoursInWords(rule)}${quality}${latenessInWords(latenessSeconds)}`;
}

/** Nothing for the usual lateness. */
function latenessInWords(seconds: number | undefined): string {
  if (seconds === undefined || seconds === DEFAULT_LATENESS_SECONDS) return '';
  if (seconds === 0) return ' Readings that come late are passed over.';
  return ` Readings that come up to ${durationInWords(seconds)} late still take their place.`;
}

function hoursInWords({ activeTimezone, activeDays, activeFrom, activeTo }: RuleFields): string {
  const days = activeDays.length === 0 ? '' : ` on ${activeDays.join(', ')}`;
  const hours = activeFrom === '' && activeTo === '' ? '' : ` from ${activeFrom || '00:00'} to ${activeTo || '24:00'}`;
  return days === '' && hours === '' ? '' : ` It raises only${days}${hours} (${activeTimezone}).`;
}

/** A number as people read it. */
export function withUnit(value: number, unit: string): string {
  return unit === '' ? String(value) : `${String(value)} ${unit}`;
}
