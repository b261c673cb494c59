import type { SeriesItem } from '../../contracts/devices.ts';
import type { Queryable } from '../database.ts';

const COLUMNS = `s.key, s.kind, s.unit, s.display_name, s.decimals, s.lower_limit, s.upper_limit,
  (select to_char(l.time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') from telemetry_latest_readings l where l.series_id = s.series_id) as last_at,
  usual.seconds as usual_seconds`;
/** Of all the series of a device: cheaper than to ask for each. */
const USUAL = `left join usual_distances(array(select series_id from series where tenant_id = $1 and device_id = $2)) usual on usual.series_id = s.series_id`;

/** The quantities of one device with the time of their newest point, by key after the cursor. */
export async function listSeries(
  db: Queryable,
  query: { tenantId: string; deviceId: string; after: string | undefined; limit: number },
): Promise<SeriesItem[]> {
  const { rows } = await db.query<SeriesItem>(
    `select ${COLUMNS} from series s ${USUAL} where s.tenant_id = $1 and s.device_id = $2 and ($3::text is null or s.key > $3) order by s.key limit $4`,
    [query.tenantId, query.deviceId, query.after ?? null, query.limit],
  );
  return rows;
}

/** The named quantities of one device, held until the end of the transaction; those that do not exist are left out. */
export async function lockSeries(
  tx: Queryable,
  target: { tenantId: string; deviceId: string; keys: readonly string[] },
): Promise<SeriesItem[]> {
  const { rows } = await tx.query<SeriesItem>(
    `select ${COLUMNS} from series s ${USUAL} where s.tenant_id = $1 and s.device_id = $2 and s.key = any($3::text[]) order by s.key for update of s`,
    [target.tenantId, target.deviceId, target.keys],
  );
  return rows;
}

/** Writes how quantities are shown, their limits and their unit; the whole of each. The row it says is that of the device. */
export async function writeSeries(
  tx: Queryable,
  target: { tenantId: string; deviceId: string },
  items: readonly SeriesItem[],
): Promise<void> {
  await tx.query(
    `/* row $2 */ update series s set unit = u.unit, display_name = u.display_name, decimals = u.decimals, lower_limit = u.lower_limit, upper_limit = u.upper_limit
       from unnest($3::text[], $4::text[], $5::text[], $6::int2[], $7::float8[], $8::float8[])
              as u (key, unit, display_name, decimals, lower_limit, upper_limit)
      where s.tenant_id = $1 and s.device_id = $2 and s.key = u.key`,
    [
      target.tenantId,
      target.deviceId,
      items.map((item) => item.key),
      items.map((item) => item.unit),
      items.map((item) => item.display_name),
      items.map((item) => item.decimals),
      items.map((item) => item.lower_limit),
      items.map((item) => item.upper_limit),
    ],
  );
}
