import type { SeriesForecast, SeriesTrend } from '../../../../src/contracts/analytics.ts';
import { breakAfterMs } from '../charts/chart-data.ts';
import type { ChartPoint } from '../charts/buckets.ts';
import type { DrawnLine } from '../charts/drawn-line.ts';
import { lookAt } from '../charts/looks.ts';
import { parseMillis } from '../live/timestamps.ts';

/** A line of an analysis, before it has the colours of a theme. */
export interface AnalysisLine {
  id: string;
  label: string;
  unit: string;
  /** What its axis is called; lines of one name share it. By default the unit. */
  axis?: string;
  points: readonly ChartPoint[];
  /** Which of the looks of charts it has. */
  place: number;
  isDashed?: boolean;
  /** After how long a silence it breaks; by default as charts do. */
  breakMs?: number;
}

const DASH = [8, 5];

/** The line as the canvas draws it in a theme. */
export function drawnLine(
  { id, unit, axis = unit, points, place, isDashed = false, breakMs }: AnalysisLine,
  theme: 'light' | 'dark',
): DrawnLine {
  const look = lookAt(place, theme);
  return {
    ...{ id, unit: axis, points, kind: 'number', isStep: false, isComparison: false },
    look: isDashed ? { ...look, dash: DASH } : look,
    breakMs: breakMs ?? breakAfterMs(points.map(({ timeMs }) => timeMs)),
    hasBand: points.some(({ low }) => low !== undefined),
  };
}

/** The line of a trend, from the beginning of its period to the end; nothing when there is none. */
export function trendPoints({ start, end, value_at_start: atStart, value_at_end: atEnd }: SeriesTrend): ChartPoint[] {
  if (atStart === null || atEnd === null) return [];
  return [
    { timeMs: parseMillis(start), value: atStart },
    { timeMs: parseMillis(end), value: atEnd },
  ];
}

/** A forecast that begins at the last reading before it, so that it is seen to continue the curve. */
export function forecastPoints({ steps }: Pick<SeriesForecast, 'steps'>, last: ChartPoint | undefined): ChartPoint[] {
  const ahead = steps.map(({ at, mean, low, high }) => ({ timeMs: parseMillis(at), value: mean, low, high }));
  const [first] = ahead;
  if (last === undefined || first === undefined || last.timeMs >= first.timeMs) return ahead;
  return [{ timeMs: last.timeMs, value: last.value, low: last.value, high: last.value }, ...ahead];
}

/** How much of the past is drawn beside a forecast, in milliseconds: six times what is forecast, but never more than there is. */
export function pastBesideMs({ steps, interval_seconds: seconds, start, end }: SeriesForecast): number {
  const periodMs = parseMillis(end) - parseMillis(start);
  const aheadMs = steps.length * (seconds ?? 0) * 1_000;
  return Math.min(periodMs, Math.max(PAST_FACTOR * aheadMs, SHORTEST_PAST_MS));
}

const PAST_FACTOR = 6;
const SHORTEST_PAST_MS = 60_000;

/** The value of a line at an instant, between its points by straight line; undefined beside it and in its breaks. */
export function valueAt({ points, breakMs }: Pick<DrawnLine, 'points' | 'breakMs'>, timeMs: number): ChartPoint | undefined {
  const after = points.findIndex((point) => point.timeMs >= timeMs);
  const [left, right] = [points[after - 1], points[after]];
  if (right?.timeMs === timeMs) return right;
  if (left === undefined || right === undefined || right.timeMs - left.timeMs > breakMs) return undefined;
  const share = (timeMs - left.timeMs) / (right.timeMs - left.timeMs);
  const between = (from: number, to: number): number => from + share * (to - from);
  const band = {
    low: between(left.low ?? left.value, right.low ?? right.value),
    high: between(left.high ?? left.value, right.high ?? right.value),
  };
  return { timeMs, value: between(left.value, right.value), ...(right.low === undefined ? {} : band) };
}
