import type { DeviceConfig } from '../../contracts/commands.ts';
import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';

const COLUMNS = `device_id, version, config, updated_by, ${isoMs('updated_at')} as updated_at`;

/** The configuration of a device; undefined when none was pushed. */
export async function findConfig(db: Queryable, tenantId: string, deviceId: string): Promise<DeviceConfig | undefined> {
  const { rows } = await db.query<DeviceConfig>(`select ${COLUMNS} from device_configs where tenant_id = $1 and device_id = $2`, [
    tenantId,
    deviceId,
  ]);
  return rows[0];
}

/** Replaces the configuration of a device by the next version; undefined when the tenant has no such device. */
export async function writeConfig(
  tx: Queryable,
  target: { tenantId: string; deviceId: string },
  config: { json: string; updatedBy: string; atMs: number },
): Promise<DeviceConfig | undefined> {
  const { rows } = await tx.query<DeviceConfig>(
    `insert into device_configs (device_id, tenant_id, version, config, updated_by, updated_at)
     select device_id, tenant_id, 1, $3::jsonb, $4::text, $5::timestamptz from devices where tenant_id = $1 and device_id = $2
     on conflict (device_id) do update set version = device_configs.version + 1, config = excluded.config,
       updated_by = excluded.updated_by, updated_at = excluded.updated_at
     returning ${COLUMNS}`,
    [target.tenantId, target.deviceId, config.json, config.updatedBy, new Date(config.atMs)],
  );
  return rows[0];
}

/** Configurations of every tenant in the order of their devices, after `afterDeviceId`. */
export async function configsAfter(
  db: Queryable,
  afterDeviceId: string,
  limit: number,
): Promise<{ tenantId: string; deviceId: string; config: Record<string, unknown> }[]> {
  const { rows } = await db.query<{ tenantId: string; deviceId: string; config: Record<string, unknown> }>(
    `select tenant_id as "tenantId", device_id as "deviceId", config from device_configs where device_id > $1 order by device_id limit $2`,
    [afterDeviceId, limit],
  );
  return rows;
}
