import type { SeriesPoint } from '../series-buffer.ts';

/** Two aligned columns as the chart takes them: epoch milliseconds, and the value or null where the line breaks. */
export interface PlotColumns {
  times: number[];
  values: (number | null)[];
}

/** Silence shorter than this is never drawn as a break. */
const SHORTEST_BREAK_MS = 15_000;
/** A silence of this many usual intervals is a break: the line must not claim readings that were not made. */
const BREAK_INTERVALS = 6;

/** How a series is drawn: numbers as a line, truth values as steps, text as a list of states. */
export type SeriesShape = 'number' | 'boolean' | 'text';

/** The shape of a series from its newest reading (a series keeps its kind), or undefined without readings. */
export function shapeOf(points: readonly SeriesPoint[]): SeriesShape | undefined {
  switch (typeof points.at(-1)?.value) {
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'string':
      return 'text';
    default:
      return undefined;
  }
}

/** Readings as chart columns, truth values as 1 and 0, with a null in every long silence so that the line breaks there. */
export function plotColumns(points: readonly SeriesPoint[]): PlotColumns {
  const breakMs = breakAfterMs(points);
  const columns: PlotColumns = { times: [], values: [] };
  let previousMs: number | undefined;
  for (const point of points) {
    const timeMs = point.timeUs / 1_000;
    if (previousMs !== undefined && timeMs - previousMs > breakMs) {
      columns.times.push((previousMs + timeMs) / 2);
      columns.values.push(null);
    }
    columns.times.push(timeMs);
    columns.values.push(typeof point.value === 'string' ? null : Number(point.value));
    previousMs = timeMs;
  }
  return columns;
}

function breakAfterMs(points: readonly SeriesPoint[]): number {
  const intervals = points
    .slice(1)
    .map((point, index) => (point.timeUs - (points[index]?.timeUs ?? point.timeUs)) / 1_000)
    .sort((left, right) => left - right);
  const usualMs = intervals[Math.floor(intervals.length / 2)] ?? 0;
  return Math.max(SHORTEST_BREAK_MS, usualMs * BREAK_INTERVALS);
}

/** What a window of numbers comes to, or undefined when it holds none. */
export interface Summary {
  min: number;
  max: number;
  mean: number;
  count: number;
}

/** Minimum, maximum and mean of the numeric readings from `fromUs` on. */
export function summarize(points: readonly SeriesPoint[], fromUs: number): Summary | undefined {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  for (const { value, timeUs } of points) {
    if (typeof value !== 'number' || timeUs < fromUs) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    count += 1;
  }
  return count === 0 ? undefined : { min, max, mean: sum / count, count };
}

/** A stretch of time in which a text or truth value stayed the same. */
export interface StateSpan {
  value: string | boolean;
  fromUs: number;
  /** The first reading with another value, or the newest reading of this one. */
  untilUs: number;
}

/** Readings of a text series as the states it was in, the newest first. */
export function stateSpans(points: readonly SeriesPoint[]): StateSpan[] {
  const spans: StateSpan[] = [];
  for (const { value, timeUs } of points) {
    if (typeof value === 'number') continue;
    const current = spans.at(-1);
    if (current !== undefined) current.untilUs = timeUs;
    if (current?.value !== value) spans.push({ value, fromUs: timeUs, untilUs: timeUs });
  }
  return spans.reverse();
}
