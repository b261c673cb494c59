import type { Queryable } from '../database.ts';
import { epochUs, fromEpochUs } from './columns.ts';
import { doublesOf, timesOf } from './past-readings.ts';

/** Readings of one series, from `startUs` on and before `endUs` (whole epoch microseconds as text). */
export interface PeriodOfSeries {
  seriesId: number;
  startUs: string;
  endUs: string;
  /** From whole minutes instead of readings. */
  rolledUp: boolean;
  /** Of the means of buckets of this length instead of readings; undefined: of readings. */
  bucketSeconds: number | undefined;
}

/** A series from when to when, whatever is computed of it. */
export type PeriodAlone = Pick<PeriodOfSeries, 'seriesId' | 'startUs' | 'endUs'>;

/** What is known of all readings together; figures are null without any, and NaN where values are too large for them. */
export interface StatisticsRow {
  n: number;
  mean: number | null;
  /** Of the sample; null for fewer than two readings. */
  stddev: number | null;
  min: number | null;
  max: number | null;
  /** In the order they were asked for. */
  percentiles: readonly number[] | null;
}

/** What a least-squares line needs; x in minutes since the start. */
export interface LineRow {
  n: number;
  meanX: number;
  meanY: number;
  sxx: number;
  syy: number;
  sxy: number;
  min: number;
  max: number;
  /** Of how many readings, minutes or buckets it is computed. */
  steps: number;
}

/** Count, mean, deviation, extremes and percentiles (fractions between 0 and 1) of one series. */
export async function statisticsOf(db: Queryable, of: PeriodOfSeries, fractions: readonly number[]): Promise<StatisticsRow> {
  const { rows } = await db.query<StatisticsRow>(
    `select n::float8 as n, mean, stddev, min, max, percentiles
       from statistics_of_series($1, ${fromEpochUs('$2')}, ${fromEpochUs('$3')}, $4::float8[], $5, $6::float8 * interval '1 second')`,
    [of.seriesId, of.startUs, of.endUs, fractions, of.rolledUp, of.bucketSeconds ?? null],
  );
  return rows[0] ?? { n: 0, mean: null, stddev: null, min: null, max: null, percentiles: null };
}

/** The sums of a line through one series; undefined without readings. */
export async function lineOf(db: Queryable, of: PeriodOfSeries): Promise<LineRow | undefined> {
  const { rows } = await db.query<LineRow>(
    `select n, mean_x as "meanX", mean_y as "meanY", sxx, syy, sxy, min, max, steps
       from line_of_series($1, ${fromEpochUs('$2')}, ${fromEpochUs('$3')}, $4, $5::float8 * interval '1 second')`,
    [of.seriesId, of.startUs, of.endUs, of.rolledUp, of.bucketSeconds ?? null],
  );
  return rows[0];
}

/** How often a series has readings. */
export interface PaceRow {
  /** The usual distance of the newest readings of a period, microseconds; null for fewer than two. */
  pace: number | null;
  /** How many readings that was taken from, 1,000 at most. */
  lookedAt: number;
  /** From the first reading of the period to the last, microseconds; null without any. */
  lastsUs: number | null;
  /** The newest reading of the period, whole epoch microseconds as text; null without any. */
  newestUs: string | null;
}

/** How often a series has readings in a period. */
export async function paceOf(db: Queryable, of: PeriodAlone): Promise<PaceRow> {
  const { rows } = await db.query<PaceRow>(
    `select pace, looked_at::float8 as "lookedAt", lasts as "lastsUs", ${epochUs('newest')} as "newestUs"
       from pace_of_series($1, ${fromEpochUs('$2')}, ${fromEpochUs('$3')})`,
    [of.seriesId, of.startUs, of.endUs],
  );
  return rows[0] ?? { pace: null, lookedAt: 0, lastsUs: null, newestUs: null };
}

/** Readings of one series, oldest first, as columns of one length. */
export interface Readings {
  /** Whole epoch microseconds. */
  timesUs: Float64Array;
  numbers: Float64Array;
}

/** The newest readings of a period, `limit` at most. */
export async function newestOf(db: Queryable, of: PeriodAlone, limit: number): Promise<Readings> {
  const { rows } = await db.query<{ times: string | null; numbers: string | null }>(
    `select times, numbers from newest_of_series($1, ${fromEpochUs('$2')}, ${fromEpochUs('$3')}, $4)`,
    [of.seriesId, of.startUs, of.endUs, limit],
  );
  const [row] = rows;
  if (typeof row?.times !== 'string' || row.numbers === null) return { timesUs: new Float64Array(0), numbers: new Float64Array(0) };
  // They come newest first.
  return { timesUs: timesOf(bytesOf(row.times)).reverse(), numbers: doublesOf(bytesOf(row.numbers)).reverse() };
}

function bytesOf(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}

/** A page of readings with their moving average: over the last `points` readings, or over `spanSeconds` when that is given. */
export interface MovingQuery extends PeriodOfSeries {
  /** Readings behind this instant (whole epoch microseconds); undefined: from the beginning. */
  afterUs: string | undefined;
  points: number;
  spanSeconds: number | undefined;
  /** Smaller and larger values are left out, before anything is computed; undefined: none. */
  lowest: number | undefined;
  highest: number | undefined;
  limit: number;
}

/** One reading with what came before it. */
export interface MovingRow {
  /** Whole epoch microseconds, as text. */
  atUs: string;
  value: number;
  movingAverage: number;
  /** The reading before it in the period; null for the first. */
  previousUs: string | null;
  previousValue: number | null;
}

/** Readings with their moving averages, oldest first; one more than `limit` when there are more. */
export async function movingOf(db: Queryable, query: MovingQuery): Promise<MovingRow[]> {
  const { rows } = await db.query<MovingRow>(
    `select ${epochUs('at')} as "atUs", value, moving_average as "movingAverage", ${epochUs('previous_at')} as "previousUs", previous_value as "previousValue"
       from moving_of_series($1, ${fromEpochUs('$2')}, ${fromEpochUs('$3')}, ${fromEpochUs('$4')}, $5, $6::float8 * interval '1 second', $7,
                             $8::float8 * interval '1 second', $9, $10, $11)`,
    [
      ...[query.seriesId, query.startUs, query.endUs, query.afterUs ?? null, query.points, query.spanSeconds ?? null, query.limit],
      ...[query.bucketSeconds ?? null, query.rolledUp, query.lowest ?? -Infinity, query.highest ?? Infinity],
    ],
  );
  return rows;
}

/** Sums over pairs of readings of two series; x is the first one. */
export type PairRow = Pick<LineRow, 'n' | 'sxx' | 'syy' | 'sxy'>;

/** Which buckets are paired: those of two series that begin together, or `lag` buckets apart for each lag from minus to plus `mostLag`. */
export interface BucketPairQuery {
  seriesIds: readonly number[];
  startUs: string;
  endUs: string;
  bucketSeconds: number;
  mostLag: number;
}

/** Pairs of the means of buckets: of two series, the second one `lag` buckets later. */
export interface BucketPairRow extends PairRow {
  first: number;
  second: number;
  lag: number;
}

/** Pairs of the means of buckets, of every two series (the first with the smaller id) and lag. */
export async function bucketPairsOf(db: Queryable, query: BucketPairQuery): Promise<BucketPairRow[]> {
  const { rows } = await db.query<BucketPairRow>(
    `with means as materialized (
       select series_id, (extract(epoch from start) / $4::float8)::bigint as place, case when min = max then insa_summable(min) else sum / n end as mean
         from aggregates_of_series($1::int[], ${fromEpochUs('$2')}, ${fromEpochUs('$3')}, $4::float8 * interval '1 second', null, $5, false)
     ), origins as (
       select series_id, coalesce(nullif(min(mean), 'NaN'), 0) as origin from means group by series_id
     ), b as materialized (
       select series_id, place, mean, mean - origin as deviation from means join origins using (series_id)
     ), pairs as (
       select x.series_id as first, y.series_id as second, lag, count(*)::float8 as n, regr_sxx(y.deviation, x.deviation) as sxx,
              regr_syy(y.deviation, x.deviation) as syy, regr_sxy(y.deviation, x.deviation) as sxy,
              min(x.mean) = max(x.mean) and max(x.mean) < 'Infinity' as "xIsConstant", min(y.mean) = max(y.mean) and max(y.mean) < 'Infinity' as "yIsConstant"
         from generate_series(-$6::int, $6::int) lag, b x join b y on y.series_id > x.series_id
        where y.place = x.place + lag
        group by 1, 2, 3
     )
     select first, second, lag, n, case when "xIsConstant" then 0 else sxx end as sxx, case when "yIsConstant" then 0 else syy end as syy,
            case when "xIsConstant" or "yIsConstant" then 0 else sxy end as sxy
       from pairs order by first, second, lag`,
    [query.seriesIds, query.startUs, query.endUs, query.bucketSeconds, query.bucketSeconds % 60 === 0, query.mostLag],
  );
  return rows;
}
