import type { NodeStatus } from 'node-red';
import type { Clock } from '../../src/core/clock.ts';
import type { RuleSession } from '../../src/engine/types.ts';
import { fits } from './status.ts';

export type RuleSummary = ReturnType<RuleSession['summary']>;

/** Makes of each summary of a session what stands under its node. */
export type StatusOf = (summary: RuleSummary) => NodeStatus;

/** What is shown depends on whether the rule is for one device, and on the unit of what it compares. */
interface Shown {
  deviceId: string;
  unit: string;
}

/**
 * What stands under a rule node: value, state, and since when. A rule for one device shows the last value; one for many shows how many are in
 * alert, because the last value is mostly another device's.
 */
export function statusWithValue(rule: Shown, clock: Clock): StatusOf {
  return (summary) => ruleStatus(summary, rule, clock.nowMs());
}

function ruleStatus(summary: RuleSummary, rule: Shown, nowMs: number): NodeStatus {
  const { activeDevices, lastValue } = summary;
  if (activeDevices > 0) return activeStatus(summary, rule, nowMs);
  if (lastValue === null) return { fill: 'grey', shape: 'ring', text: 'no value yet' };
  return { fill: 'green', shape: 'dot', text: `ok ${valueInWords(lastValue, rule.unit)}` };
}

/** What stands under a rule with a device in alert: `alert 82.1 °C · 14:02`, or `3 in alert · 14:02` with the time of the oldest. */
export function activeStatus({ activeDevices, activeSinceMs, lastValue }: RuleSummary, rule: Shown, nowMs: number): NodeStatus {
  const since = activeSinceMs === null ? '' : momentInWords(activeSinceMs, nowMs);
  const state = rule.deviceId === '' ? `${String(activeDevices)} in alert` : 'alert';
  const shownValue = rule.deviceId === '' || lastValue === null ? undefined : lastValue;
  const value = shownValue === undefined ? '' : valueInWords(shownValue, rule.unit);
  const bareValue = shownValue === undefined ? '' : valueInWords(shownValue, '');
  // The first of these that fits; what is least missed goes first.
  const texts = [
    [state, value, since === '' ? '' : `· ${since}`],
    [state, value, since],
    [state, bareValue, since],
    [state, since],
  ].map((parts) => parts.filter((part) => part !== '').join(' '));
  return { fill: 'red', shape: 'dot', text: texts.find(fits) ?? state };
}

/** A moment as short as it can be said: the time of today, otherwise the date. In the machine's time zone unless another is given. */
export function momentInWords(atMs: number, nowMs: number, timeZone?: string): string {
  const { day, time } = formatsOf(timeZone);
  return day.format(atMs) === day.format(nowMs) ? time.format(atMs) : day.format(atMs);
}

/** Making one takes a thousand times as long as using it, and every rule node asks once a second. */
const formats = new Map<string | undefined, { day: Intl.DateTimeFormat; time: Intl.DateTimeFormat }>();

function formatsOf(timeZone: string | undefined): { day: Intl.DateTimeFormat; time: Intl.DateTimeFormat } {
  const made = formats.get(timeZone) ?? {
    day: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone }),
    time: new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }),
  };
  formats.set(timeZone, made);
  return made;
}

function valueInWords(value: number | boolean | string, unit: string): string {
  return `${typeof value === 'number' ? String(Number(value.toPrecision(5))) : String(value)} ${unit}`.trim();
}
