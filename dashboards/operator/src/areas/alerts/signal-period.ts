import type { ChartPeriod } from '../../charts/chart.ts';

/** What the chart of an alert covers: all of it with some time around, or how it began. */
export type SignalView = 'whole' | 'beginning';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SHORTEST_MARGIN_MS = 10 * MINUTE_MS;
const LONGEST_MARGIN_MS = 6 * HOUR_MS;
/** Around the beginning of an alert. */
const BEGINNING_MS = HOUR_MS / 2;
/** From this length on the beginning is lost in the whole, so that both can be chosen; in an alert of days it is what one wants to see. */
const LONG_MS = 2 * HOUR_MS;
const VERY_LONG_MS = 24 * HOUR_MS;

/** When an alert was, in epoch milliseconds; without an end it lasts. */
export interface AlertTimes {
  raisedAtMs: number;
  resolvedAtMs: number | undefined;
}

/** True when the beginning is worth a view of its own. */
export function isLong(times: AlertTimes, nowMs: number): boolean {
  return lengthOf(times, nowMs) > LONG_MS;
}

/** What one sees first. */
export function firstView(times: AlertTimes, nowMs: number): SignalView {
  return lengthOf(times, nowMs) > VERY_LONG_MS ? 'beginning' : 'whole';
}

/** The period to draw. While the alert lasts it ends now and changes only now and then, so that the chart is not read anew every second. */
export function signalPeriod(times: AlertTimes, view: SignalView, nowMs: number): ChartPeriod {
  const { raisedAtMs, resolvedAtMs } = times;
  if (view === 'beginning') return { startMs: raisedAtMs - BEGINNING_MS, endMs: raisedAtMs + BEGINNING_MS };
  const marginMs = Math.min(LONGEST_MARGIN_MS, Math.max(SHORTEST_MARGIN_MS, lengthOf(times, nowMs) / 2));
  if (resolvedAtMs !== undefined) return { startMs: raisedAtMs - marginMs, endMs: resolvedAtMs + marginMs };
  return { lastMs: (Math.floor(lengthOf(times, nowMs) / SHORTEST_MARGIN_MS) + 2) * SHORTEST_MARGIN_MS };
}

function lengthOf({ raisedAtMs, resolvedAtMs }: AlertTimes, nowMs: number): number {
  return Math.max(0, (resolvedAtMs ?? nowMs) - raisedAtMs);
}
