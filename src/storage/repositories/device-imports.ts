import type { Device } from '../../contracts/devices.ts';
import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';
import type { DeviceFields } from './devices.ts';

const COLUMNS = `d.device_id, d.name, d.type, d.location, d.area, d.metadata, d.allowed_commands, d.offline_seconds, d.status, ${isoMs('d.status_at')} as status_at,
  ${isoMs('d.last_seen_at')} as last_seen_at, d.origin, ${isoMs('d.created_at')} as created_at, ${isoMs('d.updated_at')} as updated_at`;
const RECORD = `(device_id text, name text, type text, location text, area text, metadata jsonb, allowed_commands text[], offline_seconds int, sets_offline_seconds boolean)`;

/** Adds many devices. Fails with SQLSTATE 23505 when one of the ids exists, in whichever tenant. */
export async function insertDevices(
  tx: Queryable,
  tenantId: string,
  devices: readonly (DeviceFields & { device_id: string })[],
): Promise<Device[]> {
  const { rows } = await tx.query<Device>(
    `insert into devices as d (device_id, tenant_id, name, type, location, area, metadata, allowed_commands, offline_seconds, origin)
     select r.device_id, $1, r.name, r.type, r.location, r.area, r.metadata, r.allowed_commands, r.offline_seconds, 'user'
       from jsonb_to_recordset($2::jsonb) as r ${RECORD}
     returning ${COLUMNS}`,
    [tenantId, JSON.stringify(devices)],
  );
  return rows;
}

/** Writes the given fields of many devices; what is left out stays. Answers those that exist. */
export async function updateDevices(
  tx: Queryable,
  tenantId: string,
  devices: readonly ({ device_id: string } & { [Field in keyof DeviceFields]?: DeviceFields[Field] | undefined })[],
): Promise<Device[]> {
  const { rows } = await tx.query<Device>(
    `update devices d set name = coalesce(r.name, d.name), type = coalesce(r.type, d.type), location = coalesce(r.location, d.location),
            area = coalesce(r.area, d.area), metadata = coalesce(r.metadata, d.metadata),
            allowed_commands = coalesce(r.allowed_commands, d.allowed_commands),
            offline_seconds = case when r.sets_offline_seconds then r.offline_seconds else d.offline_seconds end, updated_at = now()
       from jsonb_to_recordset($2::jsonb) as r ${RECORD}
      where d.tenant_id = $1 and d.device_id = r.device_id
     returning ${COLUMNS}`,
    [tenantId, JSON.stringify(devices.map((device) => ({ ...device, sets_offline_seconds: device.offline_seconds !== undefined })))],
  );
  return rows;
}

/** A key of a device that was just made. */
export interface DeviceKey {
  credentialId: string;
  deviceId: string;
  prefix: string;
  keyHash: Buffer;
}

/** Keeps the keys of many devices; each is named after its device. */
export async function insertDeviceKeys(
  tx: Queryable,
  tenantId: string,
  permissions: readonly string[],
  keys: readonly DeviceKey[],
): Promise<void> {
  await tx.query(
    `insert into credentials (credential_id, tenant_id, kind, device_id, name, prefix, key_hash, permissions)
     select k.id, $1, 'device', k.device_id, left(k.device_id, 100), k.prefix, k.hash, $2::text[]
       from unnest($3::uuid[], $4::text[], $5::text[], $6::bytea[]) as k (id, device_id, prefix, hash)`,
    [
      tenantId,
      permissions,
      keys.map((key) => key.credentialId),
      keys.map((key) => key.deviceId),
      keys.map((key) => key.prefix),
      keys.map((key) => key.keyHash),
    ],
  );
}
