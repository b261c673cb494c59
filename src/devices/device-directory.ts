import type { Database } from '../storage/database.ts';
import { allDeviceEntries } from '../storage/repositories/devices.ts';
import type { DeviceEntry } from '../storage/repositories/devices.ts';

export type { DeviceEntry };

/** What the hot path asks about devices: at once, from memory. */
export interface DeviceLookup {
  /** The device with this id, in whichever tenant; undefined when there is none. */
  lookup(deviceId: string): DeviceEntry | undefined;
}

/** Every device of the installation in memory (tens of thousands are a few megabytes), kept true by the device service. */
export class DeviceDirectory implements DeviceLookup {
  private entries = new Map<string, DeviceEntry>();

  /** Reads all devices; to be awaited once before anything is looked up. */
  async load(database: Database): Promise<void> {
    const entries = await allDeviceEntries(database.system);
    this.entries = new Map(entries.map((entry) => [entry.deviceId, entry]));
  }

  lookup(deviceId: string): DeviceEntry | undefined {
    return this.entries.get(deviceId);
  }

  /** How many devices there are. */
  get size(): number {
    return this.entries.size;
  }

  /** The devices of a tenant. */
  *ids(tenantId: string): Generator<string> {
    for (const entry of this.entries.values()) if (entry.tenantId === tenantId) yield entry.deviceId;
  }

  set(entry: DeviceEntry): void {
    this.entries.set(entry.deviceId, entry);
  }

  remove(deviceId: string): void {
    this.entries.delete(deviceId);
  }
}
