import type { PointValue } from '../../../../src/contracts/telemetry.ts';
import type { ChartAggregation } from './chart.ts';

/** One reading. */
export interface Reading {
  /** The device's time of the reading, epoch microseconds; what identifies it in its series. */
  timeUs: number;
  value: PointValue;
}

/** The readings of a stretch of time in figures. */
export interface Bucket {
  startMs: number;
  count: number;
  mean: number;
  min: number;
  max: number;
}

/** What a chart draws at one instant; `low` and `high` say between what the readings of a bucket lay. */
export interface ChartPoint {
  timeMs: number;
  value: number;
  low?: number;
  high?: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** From a minute on whole minutes: the platform keeps their figures. */
const ROUND_SECONDS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY),
];
const LONGEST_SECONDS = 366 * DAY;

/** The shortest round length of a bucket (seconds) with which `periodMs` has no more than `most` buckets. */
export function bucketSecondsFor(periodMs: number, most: number): number {
  const wanted = periodMs / 1_000 / Math.max(1, most);
  return ROUND_SECONDS.find((seconds) => seconds >= wanted) ?? Math.min(LONGEST_SECONDS, Math.ceil(wanted / (28 * DAY)) * 28 * DAY);
}

/** Where the bucket begins in which an instant lies; buckets count from 1970, as those of the API do. */
export function bucketStart(timeMs: number, bucketMs: number): number {
  return Math.floor(timeMs / bucketMs) * bucketMs;
}

/** A period with the whole of the buckets at its ends: where the bars of all of them have room, also of the one that is not over yet. */
export function inWholeBuckets(
  { startMs, endMs }: { startMs: number; endMs: number },
  bucketMs: number,
): { startMs: number; endMs: number } {
  return { startMs: bucketStart(startMs, bucketMs), endMs: Math.ceil(endMs / bucketMs) * bucketMs };
}

/**
 * What is asked for to show a period `shiftMs` earlier in buckets: from the beginning of the first one on, so that pages that were opened a moment apart ask the
 * same. What is not shifted ends where it did, because live readings come after that; what is compared with is over, and whole at its end too.
 */
export function askedOf(
  { startMs, endMs }: { startMs: number; endMs: number },
  shiftMs: number,
  bucketMs: number,
): { startMs: number; endMs: number } {
  const first = bucketStart(startMs - shiftMs, bucketMs);
  return { startMs: first, endMs: shiftMs === 0 ? endMs : bucketStart(endMs - shiftMs - 1, bucketMs) + bucketMs };
}

/** The buckets with these readings added to them, by rising time. Texts have no figures. */
export function withReadings(buckets: readonly Bucket[], readings: readonly Reading[], bucketMs: number): Bucket[] {
  const byStart = new Map(buckets.map((bucket) => [bucket.startMs, bucket]));
  let isSorted = true;
  let newest = buckets.at(-1)?.startMs ?? -Infinity;
  for (const { timeUs, value } of readings) {
    if (typeof value === 'string') continue;
    const startMs = bucketStart(timeUs / 1_000, bucketMs);
    if (startMs < newest && !byStart.has(startMs)) isSorted = false;
    newest = Math.max(newest, startMs);
    byStart.set(startMs, withValue(byStart.get(startMs), startMs, Number(value)));
  }
  const all = [...byStart.values()];
  return isSorted ? all : all.sort((left, right) => left.startMs - right.startMs);
}

function withValue(bucket: Bucket | undefined, startMs: number, value: number): Bucket {
  if (bucket === undefined) return { startMs, count: 1, mean: value, min: value, max: value };
  const count = bucket.count + 1;
  // Not by way of the sum, which would be beyond the largest number where values are huge.
  const mean = value / count - bucket.mean / count + bucket.mean;
  return { startMs, count, mean, min: Math.min(bucket.min, value), max: Math.max(bucket.max, value) };
}

/** The buckets after the API answered anew for the time from `fromMs` on. */
export function withAnswer(buckets: readonly Bucket[], fromMs: number, answered: readonly Bucket[]): Bucket[] {
  return [...buckets.filter(({ startMs }) => startMs < fromMs), ...answered.filter(({ startMs }) => startMs >= fromMs)];
}

/** What is drawn of buckets: each at its middle, the last one at the middle of what has passed of it. */
export function pointsOfBuckets(
  buckets: readonly Bucket[],
  { bucketMs, aggregation, nowMs }: { bucketMs: number; aggregation: ChartAggregation; nowMs: number },
): ChartPoint[] {
  return buckets.map((bucket) => {
    const endMs = Math.max(bucket.startMs, Math.min(bucket.startMs + bucketMs, nowMs));
    const timeMs = (bucket.startMs + endMs) / 2;
    if (aggregation === 'auto') return { timeMs, value: bucket.mean, low: bucket.min, high: bucket.max };
    return { timeMs, value: figureOf(bucket, aggregation) };
  });
}

function figureOf(bucket: Bucket, aggregation: Exclude<ChartAggregation, 'auto'>): number {
  switch (aggregation) {
    case 'avg':
      return bucket.mean;
    case 'min':
      return bucket.min;
    case 'max':
      return bucket.max;
    case 'sum':
      return bucket.mean * bucket.count;
    case 'count':
      return bucket.count;
  }
}

/** Readings as they are; truth values as 1 and 0. */
export function pointsOfReadings(readings: readonly Reading[]): ChartPoint[] {
  return readings.flatMap(({ timeUs, value }) => (typeof value === 'string' ? [] : [{ timeMs: timeUs / 1_000, value: Number(value) }]));
}
