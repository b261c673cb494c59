import { drawable } from './axes.ts';
import type { Reading, ChartPoint } from './buckets.ts';

/** Silence shorter than this is never drawn as a break. */
const SHORTEST_BREAK_MS = 15_000;
/** A silence of this many usual distances is a break: the line must not claim readings that were not made. */
const BREAK_DISTANCES = 6;
/** Buckets smooth what is irregular, so fewer of them tell. */
const BREAK_BUCKETS = 3;

/** After how long a silence the line breaks, from the usual distance of the points (and the length of a bucket, if they are buckets). */
export function breakAfterMs(timesMs: readonly number[], bucketMs?: number): number {
  const distances: number[] = [];
  for (let place = 1; place < timesMs.length; place += 1) distances.push((timesMs[place] ?? 0) - (timesMs[place - 1] ?? 0));
  distances.sort((left, right) => left - right);
  const usualMs = distances[Math.floor(distances.length / 2)] ?? 0;
  if (bucketMs === undefined) return Math.max(SHORTEST_BREAK_MS, usualMs * BREAK_DISTANCES);
  return Math.max(bucketMs, usualMs) * BREAK_BUCKETS;
}

/** A value where a line has a point, null where it breaks, undefined where only another line has a point. */
export type Cell = number | null | undefined;

/** Several lines over one column of times (epoch milliseconds, rising), as the plot takes them. */
export interface Columns {
  times: number[];
  /** By line: values, and where it has them, lows and highs. */
  lines: { values: Cell[]; lows: Cell[]; highs: Cell[] }[];
}

/** Lines of which each has its own times, and after how long a silence it breaks. */
export function alignedColumns(lines: readonly { points: readonly ChartPoint[]; breakMs: number }[]): Columns {
  const broken = lines.map(withBreaks);
  const times = [...new Set(broken.flatMap((line) => line.map(({ timeMs }) => timeMs)))].sort((left, right) => left - right);
  const places = new Map(times.map((timeMs, place) => [timeMs, place]));
  return {
    times,
    lines: broken.map((line) => {
      const column = { values: emptyColumn(times.length), lows: emptyColumn(times.length), highs: emptyColumn(times.length) };
      for (const { timeMs, value, low, high } of line) {
        const place = places.get(timeMs) ?? 0;
        column.values[place] = value === null ? null : drawable(value);
        column.lows[place] = value === null ? null : drawable(low ?? value);
        column.highs[place] = value === null ? null : drawable(high ?? value);
      }
      return column;
    }),
  };
}

function emptyColumn(length: number): Cell[] {
  return new Array<Cell>(length).fill(undefined);
}

type BrokenPoint = Omit<ChartPoint, 'value'> & { value: number | null };

function withBreaks({ points, breakMs }: { points: readonly ChartPoint[]; breakMs: number }): BrokenPoint[] {
  const result: BrokenPoint[] = [];
  points.forEach((point, place) => {
    const previous = points[place - 1];
    if (previous !== undefined && isSilence(points, place, breakMs))
      result.push({ timeMs: (previous.timeMs + point.timeMs) / 2, value: null });
    result.push(point);
  });
  return result;
}

/** True for a silence before a point. Where the points around are as far from each other, it is none: a device may have reported less often for a while. */
function isSilence(points: readonly ChartPoint[], place: number, breakMs: number): boolean {
  const distanceMs = distanceBefore(points, place);
  if (distanceMs <= breakMs) return false;
  const around = [-3, -2, -1, 1, 2, 3].map((step) => distanceBefore(points, place + step)).filter((distance) => distance > 0);
  around.sort((left, right) => left - right);
  const usualMs = around[Math.floor(around.length / 2)] ?? 0;
  return distanceMs > usualMs * BREAK_BUCKETS;
}

function distanceBefore(points: readonly ChartPoint[], place: number): number {
  const [previous, point] = [points[place - 1], points[place]];
  return previous === undefined || point === undefined ? 0 : point.timeMs - previous.timeMs;
}

/** The entry nearest to an instant, or undefined when none is within `reachMs`. `entries` are by rising time. */
export function nearest<Entry>(
  entries: readonly Entry[],
  timeMs: number,
  { timeOf, reachMs }: { timeOf: (entry: Entry) => number; reachMs: number },
): Entry | undefined {
  const after = firstFrom(entries, (entry) => timeOf(entry) >= timeMs);
  const candidates = [entries[after - 1], entries[after]].filter((entry) => entry !== undefined);
  const [best] = candidates.sort((left, right) => Math.abs(timeOf(left) - timeMs) - Math.abs(timeOf(right) - timeMs));
  return best !== undefined && Math.abs(timeOf(best) - timeMs) <= reachMs ? best : undefined;
}

/** The first place from which `isFrom` holds, or the length. */
function firstFrom<Entry>(entries: readonly Entry[], isFrom: (entry: Entry) => boolean): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (entry !== undefined && isFrom(entry)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A stretch of time in which a text (or truth value) stayed the same. */
export interface StateSegment {
  value: string;
  startMs: number;
  endMs: number;
}

/** Readings of a text series as the states it was in. A state lasts until the next reading, but not through a silence longer than `breakMs`. */
export function stateSegments(readings: readonly Reading[], breakMs: number): StateSegment[] {
  const segments: StateSegment[] = [];
  let previousMs: number | undefined;
  for (const { timeUs, value } of readings) {
    const timeMs = timeUs / 1_000;
    const current = segments.at(-1);
    const isSilent = previousMs !== undefined && timeMs - previousMs > breakMs;
    if (current !== undefined && !isSilent) current.endMs = timeMs;
    if (current?.value !== String(value) || isSilent) segments.push({ value: String(value), startMs: timeMs, endMs: timeMs });
    previousMs = timeMs;
  }
  return segments;
}

/** Segments for a strip that can tell apart stretches of `finestMs`: shorter ones become part of what is before them. */
export function drawableSegments(segments: readonly StateSegment[], finestMs: number): StateSegment[] {
  const drawn: StateSegment[] = [];
  for (const segment of segments) {
    const last = drawn.at(-1);
    const isSame = last?.value === segment.value && segment.startMs - last.endMs <= finestMs;
    const isTooShort = last !== undefined && segment.endMs - last.startMs < finestMs;
    if (last !== undefined && (isSame || isTooShort)) last.endMs = Math.max(last.endMs, segment.endMs);
    else drawn.push({ ...segment });
  }
  return drawn;
}

/** What a line comes to within a period. */
export interface Summary {
  min: number;
  max: number;
  mean: number;
  last: number;
  count: number;
}

/** The least, greatest, mean and last of the points within a period, or undefined when there is none. */
export function summaryOf(points: readonly ChartPoint[], startMs: number, endMs: number): Summary | undefined {
  let summary: Summary | undefined;
  for (const { timeMs, value, low = value, high = value } of points) {
    if (timeMs < startMs || timeMs > endMs) continue;
    const count = (summary?.count ?? 0) + 1;
    const before = summary?.mean ?? 0;
    summary = {
      min: Math.min(summary?.min ?? Infinity, low),
      max: Math.max(summary?.max ?? -Infinity, high),
      mean: value / count - before / count + before,
      last: value,
      count,
    };
  }
  return summary;
}
