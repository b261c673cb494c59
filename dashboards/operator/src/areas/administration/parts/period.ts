/** The periods that lists can be narrowed to with one choice. */
export const PERIODS = ['hour', 'day', 'week', 'month'] as const;
export type Period = (typeof PERIODS)[number];

const HOUR_MS = 60 * 60_000;
const LENGTHS_MS: Record<Period, number> = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 30 * 24 * HOUR_MS };

/** What a period in the address says: one of the choices, or two instants of the person's own. */
export interface PeriodWords {
  period: string;
  from: string;
  to: string;
}

/** The instants of a period for a request, ISO 8601; undefined where there is no limit. `from` and `to` are local times as date fields write them. */
export function instantsOf({ period, from, to }: PeriodWords, nowMs: number): { start?: string | undefined; end?: string | undefined } {
  const chosen = PERIODS.find((one) => one === period);
  if (chosen !== undefined) return { start: new Date(nowMs - LENGTHS_MS[chosen]).toISOString() };
  return period === 'own' ? { start: isoOf(from), end: isoOf(to) } : {};
}

/** ISO 8601 of what a date field holds (local time); undefined for an empty or half-written one. */
export function isoOf(local: string): string | undefined {
  const millis = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(local) ? Date.parse(local) : Number.NaN;
  return Number.isNaN(millis) ? undefined : new Date(millis).toISOString();
}
