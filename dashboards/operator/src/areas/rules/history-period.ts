import { localInput, quickPeriod } from '../../../../../nodes/shared/history/period.ts';
import type { Period, QuickChoice } from '../../../../../nodes/shared/history/period.ts';

/** The choices of the period: the usual ones up to now, or any. */
export const PERIODS = ['day', 'week', 'month', 'custom'] as const satisfies readonly (QuickChoice | 'custom')[];
export type PeriodChoice = (typeof PERIODS)[number];

/** What a person has chosen; from and to as an `<input type="datetime-local">` gives them. */
export interface ChosenPeriod {
  choice: PeriodChoice;
  from: string;
  to: string;
}

export type PeriodProblem = 'noStart' | 'noEnd' | 'backwards' | 'tooLong';

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 366;
const MINUTE_MS = 60_000;

/** The chosen period, or what is wrong with it. A usual one is up to this moment. */
export function periodOf({ choice, from, to }: ChosenPeriod, nowMs: number): Period | { problem: PeriodProblem } {
  if (choice !== 'custom') return quickPeriod(choice, nowMs);
  const [startMs, endMs] = [localMs(from), localMs(to)];
  if (startMs === undefined) return { problem: 'noStart' };
  if (endMs === undefined) return { problem: 'noEnd' };
  if (startMs >= endMs) return { problem: 'backwards' };
  return endMs - startMs > LONGEST_DAYS * DAY_MS ? { problem: 'tooLong' } : { startMs, endMs };
}

/** A period as it is chosen by hand, to the minute; the minute that has begun belongs to it. */
export function chosenOf({ startMs, endMs }: Period): ChosenPeriod {
  return { choice: 'custom', from: localInput(startMs), to: localInput(endMs + MINUTE_MS) };
}

function localMs(input: string): number | undefined {
  const timeMs = input === '' ? Number.NaN : new Date(input).getTime();
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

export type { Period };
