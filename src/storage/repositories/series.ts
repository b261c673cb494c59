import type { Database } from '../database.ts';

/** A series with its newest stored point. */
export interface StoredSeries {
  id: number;
  tenantId: string;
  deviceId: string;
  key: string;
  kind: 'number' | 'boolean' | 'text';
  unit: string | null;
  /** Epoch microseconds; null when nothing is stored. */
  newestUs: number | null;
  latestValue: number | string | null;
  latestQuality: number | null;
}

/** A series that must exist: it is created with this kind and unit, or found whatever its kind and unit are. */
export interface WantedSeries {
  tenantId: string;
  deviceId: string;
  key: string;
  kind: 'number' | 'boolean' | 'text';
  unit: string | null;
}

/** One newest point to be written to `telemetry_latest`. */
export interface LatestPoint {
  seriesId: number;
  timeUs: number;
  value: number | null;
  text: string | null;
  quality: number;
}

/** Identity, time of the newest point, its value as a number and as text, its quality. */
type Row = [
  number,
  string,
  string,
  string,
  StoredSeries['kind'],
  string | null,
  string | null,
  number | null,
  string | null,
  number | null,
];

const IDENTITY = 's.series_id, s.tenant_id, s.device_id, s.key, s.kind, s.unit';

/** Series and their newest points. */
export class SeriesRepository {
  private readonly db: Pick<Database, 'system'>;

  constructor(db: Pick<Database, 'system'>) {
    this.db = db;
  }

  /**
   * Every series with its newest point, exact even after a crash: `telemetry_latest` may be a second behind, so each series looks
   * from there on into the partitions that are newer.
   */
  async loadAll(): Promise<StoredSeries[]> {
    const newest = (table: string, column: string) => `left join lateral (
        select t.time, t.value as ${column}, t.quality from ${table} t
         where t.series_id = s.series_id and t.time >= coalesce(l.time, '-infinity') order by t.time desc limit 1) ${table} on true`;
    const result = await this.db.system.query<Row>({
      text: `select ${IDENTITY}, (extract(epoch from telemetry.time) * 1000000)::bigint::text, telemetry.value, null, telemetry.quality
          from series s left join telemetry_latest l using (series_id) ${newest('telemetry', 'value')} where s.kind <> 'text'
        union all
        select ${IDENTITY}, (extract(epoch from telemetry_text.time) * 1000000)::bigint::text, null, telemetry_text.text_value, telemetry_text.quality
          from series s left join telemetry_latest l using (series_id) ${newest('telemetry_text', 'text_value')} where s.kind = 'text'`,
      rowMode: 'array',
    });
    return result.rows.map(toSeries);
  }

  /** Creates what is missing and answers everything asked for. Selects first: a conflicting insert would burn an identity value. */
  async create(wanted: readonly WantedSeries[]): Promise<StoredSeries[]> {
    const parameters = [wanted.map((series) => series.deviceId), wanted.map((series) => series.key)];
    await this.db.system.query(
      `insert into series (tenant_id, device_id, key, kind, unit)
       select distinct on (w.device_id, w.key) w.tenant_id, w.device_id, w.key, w.kind, w.unit
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as w (device_id, key, tenant_id, kind, unit)
         join devices d on d.device_id = w.device_id
        where not exists (select 1 from series s where s.device_id = w.device_id and s.key = w.key)
       on conflict do nothing`,
      [...parameters, wanted.map((series) => series.tenantId), wanted.map((series) => series.kind), wanted.map((series) => series.unit)],
    );
    const result = await this.db.system.query<Row>({
      text: `select ${IDENTITY}, null, null, null, null from series s
        join unnest($1::text[], $2::text[]) as w (device_id, key) on s.device_id = w.device_id and s.key = w.key`,
      values: parameters,
      rowMode: 'array',
    });
    return result.rows.map(toSeries);
  }

  async setUnit(seriesId: number, unit: string): Promise<void> {
    await this.db.system.query('update series set unit = $2 where series_id = $1', [seriesId, unit]);
  }

  /** Writes newest points; one that is older than what stands there changes nothing. */
  async writeLatest(points: readonly LatestPoint[]): Promise<void> {
    await this.db.system.query({
      name: 'write_latest',
      text: `insert into telemetry_latest (series_id, time, value, text_value, quality)
        select w.series_id, '1970-01-01Z'::timestamptz + w.time_us * interval '1 microsecond', w.value, w.text_value, w.quality
          from unnest($1::int4[], $2::int8[], $3::float8[], $4::text[], $5::int2[]) as w (series_id, time_us, value, text_value, quality)
          join series s using (series_id)
         order by w.series_id
        on conflict (series_id) do update
          set time = excluded.time, value = excluded.value, text_value = excluded.text_value, quality = excluded.quality
          where telemetry_latest.time <= excluded.time`,
      values: [
        points.map((point) => point.seriesId),
        points.map((point) => point.timeUs),
        points.map((point) => point.value),
        points.map((point) => point.text),
        points.map((point) => point.quality),
      ],
    });
  }
}

function toSeries(row: Row): StoredSeries {
  const [id, tenantId, deviceId, key, kind, unit, newest, number, text, latestQuality] = row;
  const newestUs = newest === null ? null : Number(newest);
  return { id, tenantId, deviceId, key, kind, unit, newestUs, latestValue: number ?? text, latestQuality };
}
