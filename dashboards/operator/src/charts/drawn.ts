import { bucketSecondsFor, pointsOfBuckets, pointsOfReadings, withReadings } from './buckets.ts';
import type { ChartPoint } from './buckets.ts';
import type { ChartAggregation, ChartKind } from './chart.ts';
import { breakAfterMs, nearest } from './chart-data.ts';
import type { LoadedLine } from './chart-feed.ts';
import type { ChartLine } from './drawn-line.ts';
import type { LineLook } from './looks.ts';

/** Points of a line for each pixel of width from which on it is drawn as mean, least and greatest instead. */
const DENSE_POINTS_PER_PX = 1;
const BUCKET_WIDTH_PX = 2;
/** Shaded bands of more lines than this would cover each other. */
const MOST_BANDS = 3;
/** A point this far from an instant (in breaks of its line) still counts as the value there. */
const REACH_BREAKS = 0.5;

/** How loaded lines are drawn. */
export interface DrawingSettings {
  kind: ChartKind;
  aggregation: ChartAggregation;
  periodMs: number;
  widthPx: number;
  nowMs: number;
  /** The lines that are to be seen, with their looks, by id. */
  looks: ReadonlyMap<string, LineLook>;
}

/** The lines of numbers and truth values as they are drawn; texts are states, not lines. */
export function drawnLines(loaded: readonly LoadedLine[], settings: DrawingSettings): ChartLine[] {
  const shown = loaded.filter(({ id, kind }) => kind !== 'text' && settings.looks.has(id));
  const isMany = shown.reduce((count, { readings }) => count + (readings?.length ?? 0), 0) > 4 * settings.widthPx * DENSE_POINTS_PER_PX;
  return shown.flatMap((line, place) => {
    const look = settings.looks.get(line.id);
    if (look === undefined) return [];
    const { points, bucketMs } = pointsOf(line, settings, isMany);
    // Bars of several lines stand side by side within their bucket.
    const isBar = settings.kind === 'bar' && bucketMs !== undefined;
    const asideMs = isBar ? bucketMs * ((place + 0.5) / shown.length - 0.5) : 0;
    const breakMs = breakAfterMs(
      points.map(({ timeMs }) => timeMs),
      bucketMs,
    );
    const isTruth = line.kind === 'boolean' && line.readings !== undefined;
    return [
      {
        id: lineId(line),
        kind: isTruth ? ('boolean' as const) : ('number' as const),
        isStep: isTruth && bucketMs === undefined,
        unit: line.unit ?? '',
        look,
        isComparison: line.shiftMs > 0,
        points: laterBy(line.shiftMs + asideMs, points),
        breakMs,
        asideMs,
        reachMs: isBar ? bucketMs / 2 : breakMs * REACH_BREAKS,
        hasBand:
          settings.kind !== 'bar' &&
          !isTruth &&
          line.shiftMs === 0 &&
          shown.length <= MOST_BANDS &&
          points.some(({ low }) => low !== undefined),
      },
    ];
  });
}

/** The point of a line that tells its value at an instant: of bars the one of the bucket in which it lies. */
export function pointAt(
  { points, asideMs, reachMs }: Pick<ChartLine, 'points' | 'asideMs' | 'reachMs'>,
  timeMs: number,
): ChartPoint | undefined {
  return nearest(points, timeMs, { timeOf: (one) => one.timeMs - asideMs, reachMs });
}

/** What identifies a line, the earlier one of a comparison too. */
export function lineId({ id, shiftMs }: Pick<LoadedLine, 'id' | 'shiftMs'>): string {
  return shiftMs === 0 ? id : `${id}\n-${String(shiftMs)}`;
}

function pointsOf(line: LoadedLine, settings: DrawingSettings, isMany: boolean): { points: ChartPoint[]; bucketMs: number | undefined } {
  const { readings, buckets, bucketMs, shiftMs, kind } = line;
  const { aggregation, widthPx, periodMs } = settings;
  const nowMs = settings.kind === 'bar' || shiftMs > 0 ? Infinity : settings.nowMs;
  if (buckets !== undefined && bucketMs !== undefined)
    return { points: pointsOfBuckets(buckets, { bucketMs, aggregation, nowMs }), bucketMs };
  const all = readings ?? [];
  const isDense = kind === 'boolean' ? all.length > widthPx / 2 : isMany || all.length > 2 * widthPx * DENSE_POINTS_PER_PX;
  if (!isDense) return { points: pointsOfReadings(all), bucketMs: undefined };
  const ownMs = bucketSecondsFor(periodMs, widthPx / BUCKET_WIDTH_PX) * 1_000;
  return { points: pointsOfBuckets(withReadings([], all, ownMs), { bucketMs: ownMs, aggregation: 'auto', nowMs }), bucketMs: ownMs };
}

function laterBy(ms: number, points: readonly ChartPoint[]): readonly ChartPoint[] {
  return ms === 0 ? points : points.map((point) => ({ ...point, timeMs: point.timeMs + ms }));
}
