import type { Database } from '../storage/database.ts';
import { devicesForPicker, keysForPicker } from '../storage/repositories/devices.ts';
import type { DeviceCatalog } from './types.ts';

/** What the pickers of the editor offer, read from the database of the tenant. */
export function createDeviceCatalog(database: Database): DeviceCatalog {
  return {
    devices: (tenantId, key) => database.asTenant(tenantId, (tx) => devicesForPicker(tx, tenantId, key)),
    keys: (tenantId, deviceId) => database.asTenant(tenantId, (tx) => keysForPicker(tx, tenantId, deviceId)),
  };
}
