import type { SeriesKind } from '../../contracts/telemetry.ts';
import type { Queryable } from '../database.ts';
import { fromEpochUs } from './columns.ts';
import { doublesOf, shortsOf, timesOf } from './past-readings.ts';

/** A series of a tenant, with what its readings are shown with. */
export interface TenantSeries {
  series_id: number;
  device_id: string;
  key: string;
  kind: SeriesKind;
  unit: string | null;
}

/** Which buckets: of some series, from `startUs` on and before `endUs` (whole epoch microseconds as text). */
export interface BucketQuery {
  tenantId: string;
  seriesIds: readonly number[];
  startUs: string;
  endUs: string;
  /** Length of a bucket; with `zone` a day. */
  bucketSeconds: number;
  /** Whose days are the buckets; undefined: buckets count from 1970 in UTC. */
  zone: string | undefined;
  /** False: from the readings themselves alone. Needed for buckets that do not begin at whole minutes. */
  rolledUp: boolean;
  /** The standard deviation costs more than the rest; undefined in the answer when it is not wanted. */
  stddev: boolean;
}

/** One bucket of one series; figures are NaN where values are too large for them. */
export interface BucketRow {
  series_id: number;
  /** Where it begins, epoch milliseconds. */
  startMs: number;
  n: number;
  sum: number;
  min: number;
  max: number;
  /** Of the sample; null for fewer than two readings. */
  stddev: number | null;
}

/** Which readings: of one series, from `fromUs` on and before `untilUs` (whole epoch microseconds as text), the oldest first, `limit` at most. */
export interface ChunkQuery {
  tenantId: string;
  seriesId: number;
  fromUs: string;
  untilUs: string;
  limit: number;
}

/** Readings of one series as columns of one length, oldest first. Numbers and booleans (0 and 1) are in `numbers`, texts in `texts`. */
export interface ReadingChunk {
  count: number;
  /** Whole epoch microseconds. */
  timesUs: Float64Array;
  numbers: Float64Array;
  texts: readonly string[];
  qualities: Int16Array;
}

const EMPTY: ReadingChunk = {
  count: 0,
  timesUs: new Float64Array(0),
  numbers: new Float64Array(0),
  texts: [],
  qualities: new Int16Array(0),
};

/** The series of a tenant with these devices and keys (all when left out), by device and key; `limit` at most. */
export async function seriesOfTenant(
  db: Queryable,
  of: { tenantId: string; deviceIds: readonly string[] | undefined; keys: readonly string[] | undefined; limit: number },
): Promise<TenantSeries[]> {
  const { rows } = await db.query<TenantSeries>(
    `select series_id, device_id, key, kind, unit from series
      where tenant_id = $1 and ($2::text[] is null or device_id = any($2)) and ($3::text[] is null or key = any($3))
      order by device_id, key limit $4`,
    [of.tenantId, of.deviceIds ?? null, of.keys ?? null, of.limit],
  );
  return rows;
}

/** Buckets with at least one reading, by series and time. */
export async function bucketsOf(db: Queryable, query: BucketQuery): Promise<BucketRow[]> {
  const { rows } = await db.query<[number, number, number, number, number, number, number | null]>({
    text: `select series_id, (extract(epoch from start) * 1000)::float8, n::float8, sum, min, max, stddev
             from aggregates_of_series($1::int[], ${fromEpochUs('$2')}, ${fromEpochUs('$3')}, $4::float8 * interval '1 second', $5, $6, $7)
            order by series_id, start`,
    values: [query.seriesIds, query.startUs, query.endUs, query.bucketSeconds, query.zone ?? null, query.rolledUp, query.stddev],
    rowMode: 'array',
  });
  return rows.map(([series_id, startMs, n, sum, min, max, stddev]) => ({ series_id, startMs, n, sum, min, max, stddev }));
}

/** Where the days of a time zone begin that have an instant from `startUs` on and before `endUs`; epoch milliseconds. */
export async function dayStarts(db: Queryable, of: { zone: string; startUs: string; endUs: string }): Promise<number[]> {
  const { rows } = await db.query<[number]>({
    text: `select (extract(epoch from day at time zone $1) * 1000)::float8
             from generate_series(date_trunc('day', ${fromEpochUs('$2')} at time zone $1), (${fromEpochUs('$3')} - interval '1 microsecond') at time zone $1,
                                  interval '1 day') as day`,
    values: [of.zone, of.startUs, of.endUs],
    rowMode: 'array',
  });
  return rows.map(([startMs]) => startMs);
}

/** The next readings of one series. */
export async function chunkOf(db: Queryable, query: ChunkQuery): Promise<ReadingChunk> {
  const { rows } = await db.query<[Buffer | null, Buffer | null, Buffer | null, string[] | null]>({
    name: 'chunk_of_series',
    text: `select times, numbers, qualities, texts from chunk_of_series($1, ${fromEpochUs('$2')}, ${fromEpochUs('$3')}, $4)`,
    values: [query.seriesId, query.fromUs, query.untilUs, query.limit],
    rowMode: 'array',
  });
  const [times, numbers, qualities, texts] = rows[0] ?? [null, null, null, null];
  if (times === null || qualities === null) return EMPTY;
  return {
    count: qualities.length / 2,
    timesUs: timesOf(times),
    numbers: numbers === null ? EMPTY.numbers : doublesOf(numbers),
    texts: texts ?? [],
    qualities: shortsOf(qualities),
  };
}
