import type { RejectedMessage, SeriesKind, TelemetryItem } from '../../contracts/telemetry.ts';
import { AppError } from '../../core/errors.ts';
import type { Database, Queryable } from '../database.ts';
import { epochUs, fromEpochUs, isoUs } from './columns.ts';
import { listRejected } from './rejected-queries.ts';
import type { RejectedQuery } from './rejected-queries.ts';
import { bucketsOf, chunkOf, dayStarts, seriesOfTenant } from './telemetry-ranges.ts';
import type { BucketQuery, BucketRow, ChunkQuery, ReadingChunk, TenantSeries } from './telemetry-ranges.ts';

/** A reading with its place in the order of time; microseconds are exact and never pass through a JavaScript date. */
export interface ReadingRow extends TelemetryItem {
  time_us: string;
  series_id: number;
}

/** Which readings: from `startUs` on and before `endUs` (whole epoch microseconds as text), newest first, after the cursor. */
export interface ReadingQuery {
  tenantId: string;
  deviceId: string | undefined;
  keys: readonly string[] | undefined;
  startUs: string | undefined;
  endUs: string | undefined;
  after: { timeUs: string; seriesId: number } | undefined;
  limit: number;
}

/** Series one query may go through: each is a look into an index. */
const MAX_SERIES = 5_000;

const DAY_US = 86_400_000_000n;
/**
 * How far back the steps of a query reach, in days before its newest instant. A query that names no start would otherwise open (and
 * lock) every partition there is, only to find its page in the newest one.
 */
const STEPS_DAYS = [2n, 30n, 180n];

interface SeriesRow {
  series_id: number;
  device_id: string;
  key: string;
  kind: SeriesKind;
  unit: string | null;
  now_us: string;
}

interface ValueRow {
  series_id: number;
  time_us: string;
  timestamp: string;
  value: number | null;
  text_value: string | null;
  quality: number;
}

/** Reads telemetry as the role of requests, one tenant at a time. */
export class PostgresTelemetryQueries {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** Readings newest first. Fails with INVALID_REQUEST when more series match than one query may go through. */
  readings(query: ReadingQuery): Promise<ReadingRow[]> {
    return this.database.asTenant(query.tenantId, async (tx) => {
      const series = await matchingSeries(tx, query);
      if (series.size === 0) return [];
      const rows = await newestFirst(tx, series, query);
      return rows.flatMap((row) => {
        const of = series.get(row.series_id);
        return of === undefined ? [] : [readingOf(of, row)];
      });
    });
  }

  /** The series with these devices and keys, by device and key. Fails with INVALID_REQUEST when more match than one query may go through. */
  async series(of: {
    tenantId: string;
    deviceIds: readonly string[] | undefined;
    keys: readonly string[] | undefined;
  }): Promise<TenantSeries[]> {
    const found = await this.database.asTenant(of.tenantId, (tx) => seriesOfTenant(tx, { ...of, limit: MAX_SERIES + 1 }));
    refuseTooMany(found.length);
    return found;
  }

  /** Figures by the bucket, by series and time; buckets without a reading are left out. */
  buckets(query: BucketQuery): Promise<BucketRow[]> {
    return this.database.asTenant(query.tenantId, (tx) => bucketsOf(tx, query));
  }

  /** Where the days of a time zone begin that the period has a part of; epoch milliseconds. */
  dayStarts(of: { tenantId: string; zone: string; startUs: string; endUs: string }): Promise<number[]> {
    return this.database.asTenant(of.tenantId, (tx) => dayStarts(tx, of));
  }

  /** The next readings of one series, oldest first. */
  chunk(query: ChunkQuery): Promise<ReadingChunk> {
    return this.database.asTenant(query.tenantId, (tx) => chunkOf(tx, query));
  }

  /** Refused messages, newest first. */
  rejected(query: RejectedQuery): Promise<RejectedMessage[]> {
    return this.database.asTenant(query.tenantId, (tx) => listRejected(tx, query));
  }
}

async function matchingSeries(tx: Queryable, query: ReadingQuery): Promise<Map<number, SeriesRow>> {
  const { rows } = await tx.query<SeriesRow>(
    `select series_id, device_id, key, kind, unit, ${epochUs('now()')} as now_us from series
      where tenant_id = $1 and ($2::text is null or device_id = $2) and ($3::text[] is null or key = any($3)) limit $4`,
    [query.tenantId, query.deviceId ?? null, query.keys ?? null, MAX_SERIES + 1],
  );
  refuseTooMany(rows.length);
  return new Map(rows.map((row) => [row.series_id, row]));
}

function refuseTooMany(found: number): void {
  if (found <= MAX_SERIES) return;
  const message = `More than ${String(MAX_SERIES)} quantities match; narrow the query by "device_id" or "keys".`;
  throw new AppError('INVALID_REQUEST', message, { errors: [{ field: 'device_id', message }] });
}

/** A page of values, looked for in steps from the newest partitions to the oldest. */
async function newestFirst(tx: Queryable, series: ReadonlyMap<number, SeriesRow>, query: ReadingQuery): Promise<ValueRow[]> {
  const ids = [...series.keys()];
  const [first] = series.values();
  const newestUs = [query.endUs, query.after?.timeUs, first?.now_us]
    .flatMap((us) => (us === undefined ? [] : [BigInt(us)]))
    .reduce((a, b) => (b < a ? b : a));
  const oldestUs = query.startUs === undefined ? undefined : BigInt(query.startUs);
  const found: ValueRow[] = [];
  let endUs = query.endUs;
  for (const days of STEPS_DAYS) {
    const fromUs = newestUs - days * DAY_US;
    if (oldestUs !== undefined && fromUs <= oldestUs) break;
    found.push(...(await valuesOf(tx, ids, { ...query, startUs: fromUs.toString(), endUs, limit: query.limit - found.length })));
    if (found.length >= query.limit) return found;
    endUs = fromUs.toString();
  }
  found.push(...(await valuesOf(tx, ids, { ...query, endUs, limit: query.limit - found.length })));
  return found;
}

async function valuesOf(tx: Queryable, seriesIds: readonly number[], query: ReadingQuery): Promise<ValueRow[]> {
  const { rows } = await tx.query<ValueRow>(
    `select series_id, ${epochUs('time')} as time_us, ${isoUs('time')} as timestamp, value, text_value, quality
       from readings_of_series($1::int[], ${fromEpochUs('$2')}, ${fromEpochUs('$3')}, ${fromEpochUs('$4')}, $5, $6)
      order by time desc, series_id desc`,
    [seriesIds, query.startUs ?? null, query.endUs ?? null, query.after?.timeUs ?? null, query.after?.seriesId ?? null, query.limit],
  );
  return rows;
}

function readingOf(series: Omit<SeriesRow, 'now_us'>, row: ValueRow): ReadingRow {
  const { device_id, key, unit, kind } = series;
  const { time_us, timestamp, quality, series_id } = row;
  return { device_id, key, timestamp, value: valueOf(kind, row), unit, quality, time_us, series_id };
}

/** Booleans are stored as 0 and 1; the series knows. */
function valueOf(kind: SeriesKind, row: ValueRow): number | boolean | string {
  switch (kind) {
    case 'number':
      return row.value ?? 0;
    case 'boolean':
      return row.value === 1;
    case 'text':
      return row.text_value ?? '';
  }
}
