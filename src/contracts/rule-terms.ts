/*
 * The words and the arithmetic of rules that the editor's forms need too: kept free of zod, which would be 450 KB in every form.
 */

/** How urgent an alert is, the least urgent first. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How a value is compared with its limit; the value stands on the left. */
export const OPERATORS = ['>', '<', '>=', '<=', '==', '!='] as const;
export type Operator = (typeof OPERATORS)[number];

/** One field of a rule and what is wrong with it, in one sentence. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** Why a clear value is on the wrong side of its limit, or undefined when it is not. */
export function clearValueProblem(conditions: { operator: Operator; value: number; clear_value?: number | undefined }): string | undefined {
  const { operator, value, clear_value: clearValue } = conditions;
  if (clearValue === undefined) return undefined;
  if ((operator === '>' || operator === '>=') && clearValue > value) {
    return `The clear value ${String(clearValue)} is above the limit ${String(value)}; with "${operator}" it must be at or below it.`;
  }
  if ((operator === '<' || operator === '<=') && clearValue < value) {
    return `The clear value ${String(clearValue)} is below the limit ${String(value)}; with "${operator}" it must be at or above it.`;
  }
  if (operator === '==' || operator === '!=') return `A clear value has no meaning with "${operator}"; leave it blank.`;
  return undefined;
}

/**
 * What can happen to the condition of a rule on a device: it begins, it is seen again, it ends; or readings that came late show that the
 * past was otherwise, which is put right without waking anybody.
 */
export const TRANSITION_KINDS = ['raised', 'repeated', 'cleared', 'corrected'] as const;
export type TransitionKind = (typeof TRANSITION_KINDS)[number];

/** What a statistical rule computes over its window. */
export const STATISTICS = ['avg', 'min', 'max', 'stddev', 'sum', 'count', 'median', 'p95', 'rate'] as const;
export type Statistic = (typeof STATISTICS)[number];

/** How many readings a figure needs before it exists at all: one reading has neither a spread nor a rate. */
export function fewestSamples(statistic: Statistic): number {
  return statistic === 'stddev' || statistic === 'rate' ? 2 : 1;
}

/** The longest window of a statistical rule, seconds (seven days): its readings are kept in memory. */
export const LONGEST_WINDOW_SECONDS = 7 * 86_400;
/** The longest duration, seconds (31 days). */
export const LONGEST_DURATION_SECONDS = 31 * 86_400;
/** How late a reading may be and still take its place, unless a rule says otherwise, seconds. */
export const DEFAULT_LATENESS_SECONDS = 60;
/** The most lateness that a rule may allow, seconds: its readings are kept in memory for so long. */
export const LONGEST_LATENESS_SECONDS = 3_600;
/** How old the other side of a comparison may be, unless the rule says otherwise, seconds. */
export const DEFAULT_TOLERANCE_SECONDS = 300;
/** What becomes of the running state of a rule that is edited: what is active stays active, or judging starts anew. */
export const RUNNING_STATES = ['keep', 'reset'] as const;
/** What a schedule rule looks at when it is due. */
export const SCHEDULE_CHECKS = ['device_offline', 'no_data', 'always'] as const;
export type ScheduleCheck = (typeof SCHEDULE_CHECKS)[number];
/** The first and the last place in the order in which rules judge; 5 unless a rule says otherwise. */
export const PRIORITIES = { first: 1, last: 10, usual: 5 } as const;
/** The longest pause after a clear, seconds (31 days), as the longest duration. */
export const LONGEST_COOLDOWN_SECONDS = 31 * 86_400;
/** The most readings a statistical rule may ask for. */
export const MOST_SAMPLES = 1_000_000;

/** Times are whole microseconds: a shorter window holds nothing. */
const SHORTEST_WINDOW_SECONDS = 0.000_001;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** The seconds of a window: a number, or text such as "90", "90s", "5m", "1h" or "1d". Undefined when it is neither, or not above zero. */
export function windowSecondsOf(window: number | string): number | undefined {
  const [, digits = '', unit = 's'] = /^(\d+(?:\.\d+)?) ?([smhd])?$/.exec(String(window).trim()) ?? [];
  const seconds = Number(digits) * (UNIT_SECONDS[unit] ?? 1);
  return digits !== '' && seconds >= SHORTEST_WINDOW_SECONDS ? seconds : undefined;
}

/** Why a window cannot be used, or undefined when it can. */
export function windowProblem(window: number | string): string | undefined {
  const seconds = windowSecondsOf(window);
  if (seconds === undefined) return `The window "${String(window)}" is not a time above zero; enter seconds, or text such as "5m" or "1h".`;
  if (seconds > LONGEST_WINDOW_SECONDS) return `The window "${String(window)}" is longer than seven days; enter at most "7d".`;
  return undefined;
}

/** The days of the week as rules name them, in the order of the week. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A time of day as rules write it: "06:00"; "24:00" is the end of the day. */
export const TIME_OF_DAY = /^(?:([01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** Whether a time zone has this name in the IANA database, such as "America/Bogota". */
export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    // An offset has no daylight saving time, and most who write one have forgotten that.
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}

/** Which part of a rule's hours is wrong and why, or undefined when none is. */
export function activeHoursProblem(hours: {
  timezone: string;
  from?: string | undefined;
  to?: string | undefined;
}): { field: 'timezone' | 'from' | 'to'; message: string } | undefined {
  const { timezone, from, to } = hours;
  if (!isTimezone(timezone)) {
    return {
      field: 'timezone',
      message: `The time zone "${timezone}" is not known; enter an IANA name such as "America/Bogota" or "UTC".`,
    };
  }
  for (const [field, time] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (time !== undefined && !TIME_OF_DAY.test(time)) {
      return { field, message: `The time "${time}" is not a time of day; enter hours and minutes such as "06:00".` };
    }
  }
  const isEmpty = (from ?? '00:00') === (to ?? '24:00') || from === '24:00';
  return isEmpty
    ? { field: 'to', message: `The hours from ${from ?? ''} to ${to ?? ''} are empty; leave both blank for the whole day.` }
    : undefined;
}

/** A comparison as far as its fields have to fit together. */
interface ComparisonTerms {
  left: { device_id?: string | undefined; key: string };
  operator: Operator;
  right: { device_id?: string | undefined; key: string };
  offset?: number | undefined;
  clear_offset?: number | undefined;
}

/** What is wrong with a comparison whose fields are right one by one: each field and why. */
export function comparisonProblems({ left, operator, right, offset = 0, clear_offset: clearOffset }: ComparisonTerms): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const [leftDevice = '', rightDevice = ''] = [left.device_id, right.device_id];
  // A right side without a device is of the one that is judged.
  if (left.key === right.key && (rightDevice === '' || rightDevice === leftDevice)) {
    const message = `Both sides are "${left.key}" of the same device, which is always equal to itself; choose another quantity or another device.`;
    problems.push({ field: 'right', message });
  }
  const clearing = clearValueProblem({ operator, value: offset, clear_value: clearOffset });
  if (clearing !== undefined) {
    const message = clearing
      .replace('The clear value', 'The clear offset')
      .replace('A clear value', 'A clear offset')
      .replace('the limit', 'the offset');
    problems.push({ field: 'clear_offset', message });
  }
  return problems;
}

/** Why a rule cannot name a device, in the same words for the API and for the forms of nodes. */
export function unknownDeviceProblem(deviceId: string): string {
  return `The device "${deviceId}" is not registered; choose one of the registered devices or create it first.`;
}
