import type { Answers } from '../../../contracts/cache.ts';
import { rowOf } from '../../../contracts/cache.ts';
import type { Device } from '../../../contracts/devices.ts';
import type { Heard } from '../../ports.ts';
import type { DeviceService } from '../../../devices/device-service.ts';

/** What the record of a device is shown with. */
export interface DeviceRecordDeps {
  devices: Pick<DeviceService, 'get'>;
  cache: Answers;
  heard: Heard;
}

/**
 * One device, and how long ago its record was read: from the cache but for what every message changes, which comes from memory. Fails with NOT_FOUND when
 * there is no such device.
 */
export async function deviceRecord(
  { devices, cache, heard }: DeviceRecordDeps,
  { tenantId, deviceId }: { tenantId: string; deviceId: string },
): Promise<{ device: Device; ageMs: number }> {
  const question = { region: 'devices', tenantId, key: JSON.stringify(['device', deviceId]), reads: [rowOf('devices', deviceId)] } as const;
  const { text, ageMs } = await cache.answer(question, async () => JSON.stringify(await devices.get(tenantId, deviceId)));
  return { device: heardNow(JSON.parse(text) as Device, heard), ageMs };
}

/** The same device with the newest time that it was heard, which is written down only every few seconds. */
export function heardNow(device: Device, heard: Heard): Device {
  const heardMs = heard.heardMs(device.device_id);
  if (heardMs === undefined) return device;
  const at = new Date(heardMs).toISOString();
  // What was heard before the device was made was another device of its id.
  const isNews = at >= device.created_at && (device.last_seen_at === null || device.last_seen_at < at);
  return isNews ? { ...device, last_seen_at: at } : device;
}
