import { lineThrough, sumsOf } from '../../src/analytics/numerics/line.ts';
import type { BenchDatabase } from '../rules/bench-database.ts';

/** Readings of a period, from `startMs` on and before `endMs`. */
export interface NaivePeriod {
  series: number;
  startMs: number;
  endMs: number;
}

/** What many programs do: read every reading into the program and compute there. Statistics with percentiles. */
export async function naiveStatistics(database: BenchDatabase, period: NaivePeriod): Promise<object> {
  const values = (await readingsOf(database, period)).map(({ value }) => value);
  const { n, meanY: mean, syy } = sumsOf(values, values);
  const sorted = values.toSorted((left, right) => left - right);
  const percentile = (share: number): number => {
    const place = share * (n - 1);
    const below = sorted[Math.floor(place)] ?? NaN;
    return below + ((sorted[Math.ceil(place)] ?? NaN) - below) * (place % 1);
  };
  return {
    n,
    mean,
    stddev: Math.sqrt(syy / (n - 1)),
    min: sorted[0],
    max: sorted.at(-1),
    percentiles: [0.25, 0.5, 0.75, 0.95].map(percentile),
  };
}

/** The same way for a trend. */
export async function naiveTrend(database: BenchDatabase, period: NaivePeriod): Promise<object | undefined> {
  const readings = await readingsOf(database, period);
  return lineThrough(
    sumsOf(
      readings.map(({ ms }) => (ms - period.startMs) / 60_000),
      readings.map(({ value }) => value),
    ),
  );
}

async function readingsOf({ db }: BenchDatabase, { series, startMs, endMs }: NaivePeriod): Promise<{ ms: number; value: number }[]> {
  const { rows } = await db.system.query<{ time: Date; value: number }>(
    'select time, value from telemetry where series_id = $1 and time >= to_timestamp($2) and time < to_timestamp($3) order by time',
    [series, startMs / 1_000, endMs / 1_000],
  );
  return rows.map(({ time, value }) => ({ ms: time.getTime(), value }));
}
