import type { ExplanationStep } from '../../contracts/backtest.ts';
import type { ActiveHours, AuthoredRule, RuleScope } from '../../contracts/rules.ts';
import type { PointValue } from '../../contracts/telemetry.ts';
import { judgeFactoryOf } from '../registry.ts';

/** A step of an explanation, short to write. */
export function step(name: string, outcome: ExplanationStep['outcome'], text: string): ExplanationStep {
  return { step: name, outcome, text };
}

/** A value as people read it: fractions with at most six significant digits, text in quotes. */
export function valueText(value: PointValue | null, unit: string | null = null): string {
  if (value === null) return 'nothing';
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 57)}...` : value}"`;
  const text = typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : String(value);
  return unit === null || unit === '' ? text : `${text} ${unit}`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** A time as people say it, in at most two units: 90 s is "1 min 30 s", 0.25 s is "0.25 s". */
export function secondsText(seconds: number): string {
  if (seconds < 0) return secondsText(-seconds);
  if (seconds < 60) return `${String(Number(seconds.toPrecision(3)))} s`;
  let left = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    if (count > 0) parts.push(`${String(count)} ${unit}`);
    left -= count * size;
  }
  if (left > 0) parts.push(`${String(left)} s`);
  return parts.slice(0, 2).join(' ');
}

/** The same for microseconds. */
export function usText(us: number): string {
  return secondsText(us / 1_000_000);
}

/** An instant, epoch microseconds, as ISO 8601 UTC to the millisecond. */
export function isoOf(us: number): string {
  return new Date(us / 1_000).toISOString();
}

/** The same for a sentence: without a fraction that is zero. */
export function instantText(us: number): string {
  return isoOf(us).replace('.000Z', 'Z');
}

/** Hours as a person would write them. */
export function hoursText({ days, from, to, timezone }: ActiveHours): string {
  const when = from === undefined && to === undefined ? 'all day' : `${from ?? '00:00'} to ${to ?? '24:00'}`;
  return `${days === undefined ? 'every day' : days.join(', ')}, ${when} (${timezone})`;
}

/** Whom a rule is for. */
export function scopeText(scope: RuleScope): string {
  if (isSet(scope.device_id)) return `the device "${scope.device_id}"`;
  const parts = [
    ...(isSet(scope.device_type) ? [`of the type "${scope.device_type}"`] : []),
    ...(isSet(scope.location) ? [`at the location "${scope.location}"`] : []),
  ];
  return parts.length === 0 ? 'all devices' : `devices ${parts.join(' ')}`;
}

/** The device that is judged, as far as its scope goes. */
export interface ScopedDevice {
  id: string;
  type: string;
  location: string;
}

/** Whether a rule is for a device, and why. */
export function scopeStep(rule: AuthoredRule, device: ScopedDevice): ExplanationStep {
  const { scope } = rule;
  const only = rule.rule_type === 'comparison' ? rule.conditions.left.device_id : undefined;
  if (isSet(only) && only !== device.id) {
    return step('scope', 'stopped', `The rule compares readings of "${only}" and is judged for that device, not for "${device.id}".`);
  }
  if (judgeFactoryOf(rule).notDevice === device.id) {
    return step('scope', 'stopped', `The rule compares other devices with "${device.id}", and judges no device against itself.`);
  }
  const misses = [
    ...(isSet(scope.device_id) && scope.device_id !== device.id ? [`it is "${device.id}"`] : []),
    ...(isSet(scope.device_type) && scope.device_type !== device.type ? [`its type is "${device.type}"`] : []),
    ...(isSet(scope.location) && scope.location !== device.location ? [`its location is "${device.location}"`] : []),
  ];
  return misses.length === 0
    ? step('scope', 'passed', `"${device.id}" is in the scope of the rule: ${scopeText(scope)}.`)
    : step(
        'scope',
        'stopped',
        `"${device.id}" is not in the scope of the rule, which is for ${scopeText(scope)}: ${misses.join(' and ')}.`,
      );
}

/** A form leaves an empty text where nothing was chosen. */
function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
