/** A period of time in epoch milliseconds. */
export interface Period {
  startMs: number;
  endMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The longest period that can be tried, days: a year, leap day included. */
const LONGEST_DAYS = 366;

/** How many days each of the quick choices goes back. */
export const QUICK_DAYS = { day: 1, week: 7, month: 30 } as const;
export type QuickChoice = keyof typeof QUICK_DAYS;

/** The last day, week or month, up to now. */
export function quickPeriod(choice: QuickChoice, nowMs: number): Period {
  return { startMs: nowMs - QUICK_DAYS[choice] * DAY_MS, endMs: nowMs };
}

/** The period between two local times as an `<input type="datetime-local">` gives them, or what is wrong with it. */
export function customPeriod(from: string, to: string): Period | { problem: string } {
  const [startMs, endMs] = [localMs(from), localMs(to)];
  if (startMs === undefined) return { problem: 'The beginning of the period is blank; enter day and time.' };
  if (endMs === undefined) return { problem: 'The end of the period is blank; enter day and time.' };
  if (startMs >= endMs) return { problem: 'The period ends before it begins; choose a later end.' };
  if (endMs - startMs > LONGEST_DAYS * DAY_MS) {
    return { problem: `The period is longer than ${String(LONGEST_DAYS)} days; choose a shorter one.` };
  }
  return { startMs, endMs };
}

/** An instant as an `<input type="datetime-local">` takes it: local time, to the minute (rounded down). */
export function localInput(timeMs: number): string {
  const time = new Date(Math.floor(timeMs / MINUTE_MS) * MINUTE_MS);
  return new Date(time.getTime() - time.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}

function localMs(input: string): number | undefined {
  const timeMs = input === '' ? Number.NaN : new Date(input).getTime();
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
