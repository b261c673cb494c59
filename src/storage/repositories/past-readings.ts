import type { SeriesKind } from '../../contracts/telemetry.ts';
import type { Queryable } from '../database.ts';
import { epochUs } from './columns.ts';

/** Which devices of a tenant: one, those of a type and/or location, and those that have a quantity. */
export interface DevicesOf {
  tenantId: string;
  deviceId: string | undefined;
  type: string | undefined;
  location: string | undefined;
  /** Only devices that have this quantity, text or not; undefined: all. */
  key: string | undefined;
}

/** A series whose readings are to be read. */
export interface PastSeries {
  seriesId: number;
  deviceId: string;
  key: string;
  kind: SeriesKind;
  unit: string | null;
}

/** Readings of one series, oldest first; booleans are 0 and 1. The arrays are as long as `count`. */
export interface PastChunk {
  count: number;
  /** Whole epoch microseconds. */
  timesUs: Float64Array;
  values: Float64Array;
  /** 0-100; undefined when it was not asked for. */
  qualities: Int16Array | undefined;
}

/** Which readings: of one series, from `fromUs` on and before `toUs` (whole epoch microseconds), the oldest first, `limit` at most. */
export interface PastQuery {
  seriesId: number;
  fromUs: number;
  toUs: number;
  limit: number;
  qualities: boolean;
}

/** Microseconds from 1970 to 2000, the origin of PostgreSQL's timestamps. */
const PG_EPOCH_US = 946_684_800_000_000;

/** The ids of devices, in their order. */
export async function devicesOf(db: Queryable, of: DevicesOf): Promise<string[]> {
  const { rows } = await db.query<[string]>({
    text: `select device_id from devices d
            where tenant_id = $1 and ($2::text is null or device_id = $2) and ($3::text is null or type = $3) and ($4::text is null or location = $4)
              and ($5::text is null or exists (select from series s where s.device_id = d.device_id and s.key = $5)) order by device_id`,
    values: [of.tenantId, of.deviceId ?? null, of.type ?? null, of.location ?? null, of.key ?? null],
    rowMode: 'array',
  });
  return rows.map(([deviceId]) => deviceId);
}

/** The series of a tenant with these devices and keys, as far as there are any. */
export async function seriesNamed(
  db: Queryable,
  tenantId: string,
  names: readonly { deviceId: string; key: string }[],
): Promise<PastSeries[]> {
  const { rows } = await db.query<PastSeries>(
    `select s.series_id as "seriesId", s.device_id as "deviceId", s.key, s.kind, s.unit
       from unnest($2::text[], $3::text[]) as w (device_id, key) join series s using (device_id, key) where s.tenant_id = $1`,
    [tenantId, names.map(({ deviceId }) => deviceId), names.map(({ key }) => key)],
  );
  return rows;
}

/**
 * The next readings of a series in one row: what `pg` does for each row costs more than reading it
 * (docs/backtest.md). The bounds are constants of their type, so that PostgreSQL leaves out the partitions beyond them when it plans.
 */
export async function pastReadings(db: Queryable, { seriesId, fromUs, toUs, limit, qualities }: PastQuery): Promise<PastChunk> {
  const { rows } = await db.query<[Buffer | null, Buffer | null, Buffer | null]>({
    text: `select string_agg(timestamptz_send(time), ''), string_agg(float8send(value), ''),
                  ${qualities ? `string_agg(int2send(quality), '')` : 'null::bytea'}
             from (select time, value, quality from telemetry
                    where series_id = $1 and time >= $2::timestamptz and time < $3::timestamptz order by time limit $4) t`,
    values: [seriesId, isoOfUs(fromUs), isoOfUs(toUs), limit],
    rowMode: 'array',
  });
  const [times, values, quality] = rows[0] ?? [null, null, null];
  if (times === null || values === null)
    return { count: 0, timesUs: new Float64Array(0), values: new Float64Array(0), qualities: undefined };
  return {
    count: values.length / 8,
    timesUs: timesOf(times),
    values: doublesOf(values),
    qualities: quality === null ? undefined : shortsOf(quality),
  };
}

/** The newest reading of a series before an instant (whole epoch microseconds), however old it is. */
export async function newestBefore(
  db: Queryable,
  seriesId: number,
  beforeUs: number,
): Promise<{ timeUs: number; value: number; quality: number } | undefined> {
  const { rows } = await db.query<{ time_us: string; value: number; quality: number }>(
    `select ${epochUs('time')} as time_us, value, quality from telemetry
      where series_id = $1 and time < $2::timestamptz order by time desc limit 1`,
    [seriesId, isoOfUs(beforeUs)],
  );
  return rows[0] === undefined ? undefined : { ...rows[0], timeUs: Number(rows[0].time_us) };
}

/** ISO 8601 with six digits. */
function isoOfUs(us: number): string {
  const ms = Math.floor(us / 1_000);
  return new Date(ms).toISOString().replace('Z', `${String(us - ms * 1_000).padStart(3, '0')}Z`);
}

/** Whole epoch microseconds from `timestamptz_send`, one after another. */
export function timesOf(bytes: Buffer): Float64Array {
  const view = viewOf(bytes);
  const times = new Float64Array(bytes.length / 8);
  for (let i = 0; i < times.length; i += 1) times[i] = view.getInt32(i * 8) * 4_294_967_296 + view.getUint32(i * 8 + 4) + PG_EPOCH_US;
  return times;
}

/** Doubles from `float8send`. */
export function doublesOf(bytes: Buffer): Float64Array {
  const view = viewOf(bytes);
  const values = new Float64Array(bytes.length / 8);
  for (let i = 0; i < values.length; i += 1) values[i] = view.getFloat64(i * 8);
  return values;
}

/** Shorts from `int2send`. */
export function shortsOf(bytes: Buffer): Int16Array {
  const view = viewOf(bytes);
  const values = new Int16Array(bytes.length / 2);
  for (let i = 0; i < values.length; i += 1) values[i] = view.getInt16(i * 2);
  return values;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
