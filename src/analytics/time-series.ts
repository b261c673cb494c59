import type { AnalysedTimeSeries } from '../contracts/analytics.ts';
import type { Queryable } from '../storage/database.ts';
import { movingOf } from '../storage/repositories/analytics.ts';
import type { MovingRow } from '../storage/repositories/analytics.ts';
import { badField, computedOf, headOf, isoOf, refuseReading, seriesPeriod } from './series-period.ts';
import type { SeriesQuestion } from './series-period.ts';

/** What is asked: the mean of how many readings, or of how long, and which page. */
export interface TimeSeriesQuestion extends SeriesQuestion {
  points: number;
  windowSeconds: number | undefined;
  /** Smaller and larger values are left out before anything is computed; undefined: none. */
  lowest?: number | undefined;
  highest?: number | undefined;
  /** Readings behind this instant, whole epoch microseconds as text. */
  afterUs: string | undefined;
  limit: number;
}

/** A page of readings, with where the next one begins. */
export interface TimeSeriesPage {
  answer: Omit<AnalysedTimeSeries, 'next_cursor'>;
  nextAfterUs: string | null;
}

/** A distance of so many usual ones is a gap. */
const GAP_FACTOR = 3;
const MINUTE_US = 60_000_000;
/** A moving average over time is of so many steps at most, as one over points is. */
const MOST_IN_WINDOW = 1_000;

/** Readings with moving average, rate of change and gaps. */
export async function timeSeries(tx: Queryable, question: TimeSeriesQuestion): Promise<TimeSeriesPage> {
  const period = await seriesPeriod(tx, question);
  const { afterUs, points, windowSeconds, limit, lowest, highest, intervalSeconds } = question;
  const stepUs = intervalSeconds === undefined ? period.paceUs : intervalSeconds * 1_000_000;
  refuseWindow(windowSeconds, stepUs);
  // A page of readings between two values may be looked for through all of them.
  const isSearched = intervalSeconds === undefined && (lowest !== undefined || highest !== undefined);
  if (isSearched)
    refuseReading(period.expected, lowest === undefined ? 'max_value' : 'min_value', 'Choose a shorter period, or an "interval".');
  const rows = await movingOf(tx, { ...computedOf(period), afterUs, points, spanSeconds: windowSeconds, lowest, highest, limit });
  const shown = rows.slice(0, limit);
  const gapUs = stepUs === undefined ? undefined : stepUs * GAP_FACTOR;
  const { device_id, key, unit, start, end, interval_seconds } = headOf(period);
  return {
    answer: {
      ...{ device_id, key, unit, start, end, interval_seconds, min_value: lowest ?? null, max_value: highest ?? null },
      moving_average_over:
        windowSeconds === undefined
          ? `${String(points)} ${intervalSeconds === undefined ? 'readings' : 'buckets'}`
          : `${String(windowSeconds)} s`,
      gap_seconds: gapUs === undefined ? null : gapUs / 1_000_000,
      items: shown.map((row) => itemOf(row, gapUs)),
    },
    nextAfterUs: rows.length > limit ? (shown.at(-1)?.atUs ?? null) : null,
  };
}

function refuseWindow(windowSeconds: number | undefined, stepUs: number | undefined): void {
  if (windowSeconds === undefined || stepUs === undefined) return;
  const steps = (windowSeconds * 1_000_000) / Math.max(1, stepUs);
  if (steps <= MOST_IN_WINDOW) return;
  const found = `"window" is ${String(windowSeconds)} s, about ${Math.round(steps).toLocaleString('en')} steps of this series; 1,000 at most make one average.`;
  throw badField('window', `${found} Send a shorter "window" or a longer "interval".`);
}

function itemOf({ atUs, value, movingAverage, previousUs, previousValue }: MovingRow, gapUs: number | undefined) {
  const distanceUs = previousUs === null ? undefined : Number(BigInt(atUs) - BigInt(previousUs));
  const rate = distanceUs === undefined || previousValue === null ? NaN : ((value - previousValue) * MINUTE_US) / distanceUs;
  return {
    at: isoOf(atUs),
    value,
    moving_average: finite(movingAverage),
    rate_per_minute: finite(rate),
    after_gap: distanceUs !== undefined && gapUs !== undefined && distanceUs > gapUs,
  };
}

function finite(figure: number): number | null {
  return Number.isFinite(figure) ? figure : null;
}
