import type { BacktestSeries } from '../../../src/contracts/backtest.ts';

/** A curve as it is drawn: instants in epoch milliseconds, and at each the smallest and largest value, or null where the curve breaks. */
export interface Curve {
  atMs: number[];
  min: (number | null)[];
  max: (number | null)[];
}

/** Silence shorter than this is never drawn as a break. */
const SHORTEST_BREAK_MS = 15_000;
/** A silence of so many usual intervals is a break: the curve must not claim readings that were not made. */
const BREAK_INTERVALS = 6;

/** The curve with a null in every long silence. */
export function withBreaks({ at_ms: atMs, min, max }: Pick<BacktestSeries, 'at_ms' | 'min' | 'max'>): Curve {
  const longestMs = longestIntervalMs(atMs);
  const curve: Curve = { atMs: [], min: [], max: [] };
  let previousMs: number | undefined;
  for (const [index, timeMs] of atMs.entries()) {
    if (previousMs !== undefined && timeMs - previousMs > longestMs) push(curve, (previousMs + timeMs) / 2, [null, null]);
    push(curve, timeMs, [min[index] ?? null, max[index] ?? null]);
    previousMs = timeMs;
  }
  return curve;
}

/** Whether a curve is a plain line: one value at each instant. */
export function isLine({ min, max }: Pick<BacktestSeries, 'min' | 'max'>): boolean {
  return min.every((value, index) => value === max[index]);
}

/** What a curve says at an instant: the values of the nearest one, unless that is farther away than `withinMs`. */
export function valueAt(
  { at_ms: atMs, min, max }: Pick<BacktestSeries, 'at_ms' | 'min' | 'max'>,
  timeMs: number,
  withinMs: number,
): { min: number; max: number } | undefined {
  const after = firstNotBefore(atMs, timeMs);
  const [left, right] = [atMs[after - 1] ?? -Infinity, atMs[after] ?? Infinity];
  const index = timeMs - left <= right - timeMs ? after - 1 : after;
  const [nearestMs, low, high] = [atMs[index], min[index], max[index]];
  if (nearestMs === undefined || low === undefined || high === undefined || Math.abs(nearestMs - timeMs) > withinMs) return undefined;
  return { min: low, max: high };
}

/** The smallest and the largest value of some curves; undefined when they have none. */
export function extremes(curves: readonly Pick<BacktestSeries, 'min' | 'max'>[]): { low: number; high: number } | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (const { min, max } of curves) {
    for (const value of min) low = Math.min(low, value);
    for (const value of max) high = Math.max(high, value);
  }
  return low > high ? undefined : { low, high };
}

function push(curve: Curve, timeMs: number, [min, max]: [number | null, number | null]): void {
  curve.atMs.push(timeMs);
  curve.min.push(min);
  curve.max.push(max);
}

function longestIntervalMs(atMs: readonly number[]): number {
  const intervals = atMs
    .slice(1)
    .map((timeMs, index) => timeMs - (atMs[index] ?? timeMs))
    .sort((left, right) => left - right);
  return Math.max(SHORTEST_BREAK_MS, (intervals[intervals.length >> 1] ?? 0) * BREAK_INTERVALS);
}

function firstNotBefore(atMs: readonly number[], timeMs: number): number {
  let [low, high] = [0, atMs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((atMs[middle] ?? Infinity) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
