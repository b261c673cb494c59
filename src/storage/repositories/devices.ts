import type { Device, DeviceStatus } from '../../contracts/devices.ts';
import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';
import { conditionsOf } from './conditions.ts';

export type DeviceOrigin = Device['origin'];

/** What may be written of a device; the whole record. */
export interface DeviceFields {
  name: string;
  type: string;
  location: string;
  area: string;
  metadata: Record<string, unknown>;
  allowed_commands: readonly string[];
  /** Silent for so long it is offline; null: it is not watched. */
  offline_seconds: number | null;
}

/** What the hot path knows of a device. */
export interface DeviceEntry {
  tenantId: string;
  deviceId: string;
  name: string;
  type: string;
  location: string;
  /** Silent for so long it is offline; null: it is not watched. */
  offlineSeconds: number | null;
}

const COLUMNS = `device_id, name, type, location, area, metadata, allowed_commands, offline_seconds, status, ${isoMs('status_at')} as status_at, ${isoMs('last_seen_at')} as last_seen_at,
  origin, ${isoMs('created_at')} as created_at, ${isoMs('updated_at')} as updated_at`;

/** Adds a device. Fails with SQLSTATE 23505 when the id exists, in whichever tenant. */
export async function insertDevice(
  db: Queryable,
  device: DeviceFields & { tenantId: string; deviceId: string; origin: DeviceOrigin },
): Promise<Device | undefined> {
  const { rows } = await db.query<Device>(
    `/* row $1 */ insert into devices (device_id, tenant_id, name, type, location, area, metadata, origin, allowed_commands, offline_seconds)
     values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9::text[], $10) returning ${COLUMNS}`,
    [
      device.deviceId,
      device.tenantId,
      device.name,
      device.type,
      device.location,
      device.area,
      JSON.stringify(device.metadata),
      device.origin,
      device.allowed_commands,
      device.offline_seconds,
    ],
  );
  return rows[0];
}

/** Writes the whole record of a device, or (fields left out) a part of it; undefined when there is no such device. */
export async function updateDevice(
  db: Queryable,
  target: { tenantId: string; deviceId: string },
  fields: { [Field in keyof DeviceFields]?: DeviceFields[Field] | undefined },
): Promise<Device | undefined> {
  const { rows } = await db.query<Device>(
    `/* row $2 */ update devices set name = coalesce($3, name), type = coalesce($4, type), location = coalesce($5, location), area = coalesce($6, area),
            metadata = coalesce($7::jsonb, metadata), allowed_commands = coalesce($8::text[], allowed_commands),
            offline_seconds = case when $9::boolean then $10::int else offline_seconds end, updated_at = now()
      where tenant_id = $1 and device_id = $2 returning ${COLUMNS}`,
    [
      target.tenantId,
      target.deviceId,
      fields.name ?? null,
      fields.type ?? null,
      fields.location ?? null,
      fields.area ?? null,
      fields.metadata === undefined ? null : JSON.stringify(fields.metadata),
      fields.allowed_commands ?? null,
      // Null is a value of this field.
      fields.offline_seconds !== undefined,
      fields.offline_seconds ?? null,
    ],
  );
  return rows[0];
}

/** One device of a tenant, held until the end of the transaction. */
export async function lockDevice(tx: Queryable, tenantId: string, deviceId: string): Promise<Device | undefined> {
  const { rows } = await tx.query<Device>(`select ${COLUMNS} from devices where tenant_id = $1 and device_id = $2 for update`, [
    tenantId,
    deviceId,
  ]);
  return rows[0];
}

/** One device of a tenant. */
export async function findDevice(db: Queryable, tenantId: string, deviceId: string): Promise<Device | undefined> {
  const { rows } = await db.query<Device>(`select ${COLUMNS} from devices where tenant_id = $1 and device_id = $2`, [tenantId, deviceId]);
  return rows[0];
}

/** Which devices to list: by id, after the cursor; `search` is found in id, name, type, location or area. */
export interface DeviceQuery {
  tenantId: string;
  search: string | undefined;
  type: string | undefined;
  location: string | undefined;
  area: string | undefined;
  status: DeviceStatus | undefined;
  after: string | undefined;
  limit: number;
}

/** Devices in the order of their ids. */
export async function listDevices(db: Queryable, query: DeviceQuery): Promise<Device[]> {
  const pattern = query.search === undefined ? undefined : `%${query.search.replace(/[\\%_]/g, '\\$&')}%`;
  const { sql, values, shape } = conditionsOf(
    ['tenant_id = ?', query.tenantId],
    ['device_id > ?', query.after],
    ['type = ?', query.type],
    ['status = ?', query.status],
    ['location = ?', query.location],
    ['area = ?', query.area],
    [`concat_ws(E'\\n', device_id, name, type, location, area) ilike ?`, pattern],
  );
  const { rows } = await db.query<Device>({
    name: `list_devices_${shape}`,
    // Limited first: otherwise the texts of the times are made for every device, to be thrown away but for a page of them.
    text: `select ${COLUMNS} from (select * from devices where ${sql} order by device_id limit $${String(values.length + 1)}) page order by device_id`,
    values: [...values, query.limit],
  });
  return rows;
}

/**
 * Removes a device with its keys and series, and notes its series, whose telemetry is purged later in small steps. Answers what was
 * removed, or undefined when there is no such device.
 */
export async function deleteDevice(tx: Queryable, tenantId: string, deviceId: string): Promise<{ credentialIds: string[] } | undefined> {
  const found = await tx.query('select 1 from devices where tenant_id = $1 and device_id = $2 for update', [tenantId, deviceId]);
  if (found.rows.length === 0) return undefined;
  const credentials = await tx.query<{ credential_id: string }>(
    'select credential_id from credentials where device_id = $1 and revoked_at is null',
    [deviceId],
  );
  await tx.query(
    `insert into series_purges (series_id, tenant_id) select series_id, tenant_id from series where tenant_id = $1 and device_id = $2
     on conflict do nothing`,
    [tenantId, deviceId],
  );
  await tx.query('delete from devices where tenant_id = $1 and device_id = $2', [tenantId, deviceId]);
  return { credentialIds: credentials.rows.map((row) => row.credential_id) };
}

/** The ids of a tenant's devices of one origin (the demo plant). */
export async function deviceIdsOfOrigin(db: Queryable, tenantId: string, origin: DeviceOrigin): Promise<string[]> {
  const { rows } = await db.query<{ device_id: string }>('select device_id from devices where tenant_id = $1 and origin = $2 order by 1', [
    tenantId,
    origin,
  ]);
  return rows.map((row) => row.device_id);
}

/** Every device of the installation, for the directory in memory. */
export async function allDeviceEntries(db: Queryable): Promise<DeviceEntry[]> {
  const { rows } = await db.query<DeviceEntry>(
    'select tenant_id as "tenantId", device_id as "deviceId", name, type, location, offline_seconds as "offlineSeconds" from devices',
  );
  return rows;
}

/** A device as a picker offers it. */
export interface PickedDevice {
  device_id: string;
  name: string;
  type: string;
  location: string;
}

/** Devices for a picker: all of a tenant, or those that have sent the quantity `key`. */
export async function devicesForPicker(db: Queryable, tenantId: string, key: string | undefined): Promise<PickedDevice[]> {
  const { rows } = await db.query<PickedDevice>(
    `select device_id, name, type, location from devices d
      where tenant_id = $1 and ($2::text is null or exists (
        select 1 from series s where s.tenant_id = d.tenant_id and s.device_id = d.device_id and s.key = $2))
      order by device_id limit 10000`,
    [tenantId, key ?? null],
  );
  return rows;
}

/** The quantities of one device, or of all devices of a tenant, for a picker. */
export async function keysForPicker(
  db: Queryable,
  tenantId: string,
  deviceId: string | undefined,
): Promise<{ key: string; unit: string | null; kind: string }[]> {
  const { rows } = await db.query<{ key: string; unit: string | null; kind: string }>(
    `select distinct on (key) key, unit, kind from series where tenant_id = $1 and ($2::text is null or device_id = $2) order by key, series_id limit 10000`,
    [tenantId, deviceId ?? null],
  );
  return rows;
}

/** Sets what a device is doing; false when it is gone or a newer status is known already. */
export async function updateStatus(
  db: Queryable,
  target: { tenantId: string; deviceId: string },
  status: DeviceStatus,
  atMs: number,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `/* row $2 */ update devices set status = $3, status_at = $4 where tenant_id = $1 and device_id = $2 and (status_at is null or status_at <= $4)`,
    [target.tenantId, target.deviceId, status, new Date(atMs)],
  );
  return rowCount === 1;
}

/** Marks every device that was online as offline: at start nobody is connected yet. */
export async function forgetPresence(db: Queryable, atMs: number): Promise<void> {
  await db.query(`update devices set status = 'offline', status_at = $1 where status = 'online'`, [new Date(atMs)]);
}

/** Writes down when devices were last heard, many at once. */
export async function touchDevices(db: Queryable, seen: ReadonlyMap<string, number>): Promise<void> {
  await db.query(
    `/* writes only devices.last_seen_at */ update devices d set last_seen_at = u.at
       from unnest($1::text[], $2::timestamptz[]) as u(id, at) where d.device_id = u.id and (d.last_seen_at is null or d.last_seen_at < u.at)`,
    [[...seen.keys()], [...seen.values()].map((atMs) => new Date(atMs).toISOString())],
  );
}

/** A commit that was under way when its device was removed is over after this long. */
const LATE_COMMITS = `interval '1 minute'`;

/**
 * Purges one step of the telemetry of removed devices: at most a day of the first noted series from `fromSeriesId` on. Answers where to
 * go on; undefined at the end of the list.
 */
export async function purgeStep(db: Queryable, fromSeriesId: number): Promise<number | undefined> {
  const { rows } = await db.query<{ series_id: number }>(
    'select series_id from series_purges where series_id >= $1 order by series_id limit 1',
    [fromSeriesId],
  );
  const seriesId = rows[0]?.series_id;
  if (seriesId === undefined) return undefined;
  const numbers = await purgeDay(db, 'telemetry', seriesId);
  const texts = await purgeDay(db, 'telemetry_text', seriesId);
  const minutes = await purgeDay(db, 'telemetry_1m', seriesId);
  if (numbers || texts || minutes) return seriesId;
  await db.query(`delete from series_purges where series_id = $1 and removed_at < now() - ${LATE_COMMITS}`, [seriesId]);
  return seriesId + 1;
}

/** Whether anything is noted to be purged. */
export async function hasPurges(db: Queryable): Promise<boolean> {
  const { rows } = await db.query('select 1 from series_purges limit 1');
  return rows.length > 0;
}

async function purgeDay(db: Queryable, table: 'telemetry' | 'telemetry_text' | 'telemetry_1m', seriesId: number): Promise<boolean> {
  const first = await db.query<{ day: string | null }>(
    `select (date_trunc('day', min(time) at time zone 'UTC') at time zone 'UTC')::text as day from ${table} where series_id = $1`,
    [seriesId],
  );
  const day = first.rows[0]?.day ?? null;
  if (day === null) return false;
  await db.query(`delete from ${table} where series_id = $1 and time >= $2::timestamptz and time < $2::timestamptz + interval '1 day'`, [
    seriesId,
    day,
  ]);
  return true;
}

/** Devices that are offline, or were online when the platform went down; `sinceMs` is the time of that status, epoch milliseconds. */
export async function devicesNotThere(
  db: Queryable,
): Promise<{ deviceId: string; status: 'offline' | 'online'; sinceMs: number | null }[]> {
  const { rows } = await db.query<{ deviceId: string; status: 'offline' | 'online'; sinceMs: number | null }>(
    `select device_id as "deviceId", status, (extract(epoch from status_at) * 1000)::float8 as "sinceMs"
       from devices where status in ('offline', 'online')`,
  );
  return rows;
}

/** The commands that others may send to each of these devices; a device that the tenant does not have is left out. */
export async function allowedCommandsOf(
  db: Queryable,
  tenantId: string,
  deviceIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (deviceIds.length === 0) return new Map();
  const { rows } = await db.query<{ device_id: string; allowed_commands: string[] }>(
    'select device_id, allowed_commands from devices where tenant_id = $1 and device_id = any($2)',
    [tenantId, deviceIds],
  );
  return new Map(rows.map((row) => [row.device_id, row.allowed_commands]));
}
