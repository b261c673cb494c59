import type { DeviceStatus } from '../../contracts/devices.ts';
import type { Queryable } from '../database.ts';

/** A device whose silence is told, or was told and is not over; instants are epoch milliseconds. */
export interface WatchedRow {
  tenantId: string;
  deviceId: string;
  name: string;
  offlineSeconds: number | null;
  status: DeviceStatus;
  statusAtMs: number | null;
  lastSeenMs: number | null;
  gateway: string | null;
  told: 'device' | 'gateway' | null;
}

const COLUMNS = `tenant_id as "tenantId", device_id as "deviceId", name, offline_seconds as "offlineSeconds", status,
  (extract(epoch from status_at) * 1000)::float8 as "statusAtMs", (extract(epoch from last_seen_at) * 1000)::float8 as "lastSeenMs",
  gateway, offline_told as told`;

/** All of them, for the memory of the watch. */
export async function watchedDevices(db: Queryable): Promise<WatchedRow[]> {
  const { rows } = await db.query<WatchedRow>(
    `select ${COLUMNS} from devices where offline_seconds is not null or offline_told is not null order by device_id`,
  );
  return rows;
}

/** One device; undefined when it is gone or nobody watches it. */
export async function watchedDevice(db: Queryable, tenantId: string, deviceId: string): Promise<WatchedRow | undefined> {
  const { rows } = await db.query<WatchedRow>(
    `select ${COLUMNS} from devices where tenant_id = $1 and device_id = $2 and (offline_seconds is not null or offline_told is not null)`,
    [tenantId, deviceId],
  );
  return rows[0];
}

/** Writes down how people were told of devices, or (null) that they are back. */
export async function noteTold(
  tx: Queryable,
  of: { tenantId: string; deviceIds: readonly string[] },
  told: 'device' | 'gateway' | null,
): Promise<void> {
  await tx.query('update devices set offline_told = $3 where tenant_id = $1 and device_id = any($2::text[])', [
    of.tenantId,
    of.deviceIds,
    told,
  ]);
}

/** Nobody waits for the devices of a gateway any more: it is back. */
export async function forgetToldByGateway(tx: Queryable, tenantId: string, gateway: string): Promise<void> {
  await tx.query(`update devices set offline_told = null where tenant_id = $1 and gateway = $2 and offline_told = 'gateway'`, [
    tenantId,
    gateway,
  ]);
}

/** Writes down through which gateway devices spoke last, many at once. */
export async function noteGateways(db: Queryable, gateways: ReadonlyMap<string, string | null>): Promise<void> {
  await db.query(
    `update devices d set gateway = u.gateway from unnest($1::text[], $2::text[]) as u (id, gateway) where d.device_id = u.id`,
    [[...gateways.keys()], [...gateways.values()]],
  );
}

/** What the open alerts of a built-in rule are about, other than devices: ids that begin with `prefix`. */
export async function openAlertsAbout(db: Queryable, prefix: string): Promise<{ tenantId: string; deviceId: string }[]> {
  const { rows } = await db.query<{ tenantId: string; deviceId: string }>(
    `select tenant_id as "tenantId", device_id as "deviceId" from alerts
      where status <> 'resolved' and rule_version = 0 and starts_with(device_id, $1)`,
    [prefix],
  );
  return rows;
}
