import type { Queryable } from '../database.ts';
import { epochUs, fromEpochUs } from './columns.ts';

/** A series whose readings may fill the window of a rule. */
export interface SeriesOfKey {
  seriesId: number;
  deviceId: string;
  /** The newest reading known, epoch microseconds; null when there is none. It may be a second behind. */
  newestUs: number | null;
  kind: 'number' | 'boolean';
}

/** A reading of the past; booleans are 0 and 1. */
export interface StoredReading {
  seriesId: number;
  timeUs: number;
  value: number;
  quality: number;
}

/** The series of one key that have numbers or booleans, of one device or (undefined) of all. */
export async function seriesOfKey(db: Queryable, of: { tenantId: string; key: string; deviceId?: string }): Promise<SeriesOfKey[]> {
  const { rows } = await db.query<Omit<SeriesOfKey, 'newestUs'> & { newest: string | null }>(
    `select s.series_id as "seriesId", s.device_id as "deviceId", s.kind, ${epochUs('l.time')} as newest
       from series s left join telemetry_latest l using (series_id)
      where s.tenant_id = $1 and s.key = $2 and s.kind <> 'text' and ($3::text is null or s.device_id = $3) order by s.series_id`,
    [of.tenantId, of.key, of.deviceId ?? null],
  );
  return rows.map(({ newest, ...series }) => ({ ...series, newestUs: newest === null ? null : Number(newest) }));
}

/** The readings of some series that are newer than an instant of their own (epoch microseconds), oldest first within each. */
export async function readingsSince(db: Queryable, series: readonly { seriesId: number; afterUs: number }[]): Promise<StoredReading[]> {
  const { rows } = await db.query<[number, string, number, number]>({
    text: `select w.series_id, ${epochUs('t.time')}, t.value, t.quality
       from unnest($1::int[], $2::text[]) as w (series_id, after_us)
      cross join lateral (
        select time, value, quality from telemetry
         where series_id = w.series_id and time > ${fromEpochUs('w.after_us')} and time > ${fromEpochUs('$3')} order by time) t`,
    // The earliest instant once more, for all: it tells which partitions need not be opened.
    values: [
      series.map(({ seriesId }) => seriesId),
      series.map(({ afterUs }) => String(afterUs)),
      String(Math.min(...series.map(({ afterUs }) => afterUs))),
    ],
    rowMode: 'array',
  });
  return rows.map(([seriesId, timeUs, value, quality]) => ({ seriesId, timeUs: Number(timeUs), value, quality }));
}
