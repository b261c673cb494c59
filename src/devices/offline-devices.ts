import type { PlatformEvents } from '../contracts/events.ts';
import type { EventBus } from '../core/events.ts';
import type { Database } from '../storage/database.ts';
import { devicesNotThere } from '../storage/repositories/devices.ts';

/**
 * Who is offline, in memory, for those who must know it at once. A device that was online when the platform went down is not called offline for
 * that, because nobody has had the time to connect again; but it counts as away since the start until it is heard of.
 */
export class OfflineDevices {
  private readonly offlineSince = new Map<string, number>();
  private readonly awaitedSince = new Map<string, number>();

  constructor(events: EventBus<PlatformEvents>) {
    events.on('device.status', ({ update }) => {
      this.forget(update.device_id);
      if (update.status === 'offline') this.offlineSince.set(update.device_id, Date.parse(update.timestamp));
    });
    events.on('device.changed', ({ deviceId, change }) => {
      if (change === 'removed') this.forget(deviceId);
    });
  }

  /** Reads what an earlier run left; to be awaited before presence starts, which writes down that nobody is online. */
  async load(database: Database, nowMs: number): Promise<void> {
    for (const { deviceId, status, sinceMs } of await devicesNotThere(database.system)) {
      if (status === 'offline') this.offlineSince.set(deviceId, sinceMs ?? nowMs);
      else this.awaitedSince.set(deviceId, nowMs);
    }
  }

  /** True when the device is known to be offline; unknown presence is not. */
  isOffline(deviceId: string): boolean {
    return this.offlineSince.has(deviceId);
  }

  /** Since when nothing says that the device is there, although it once was, epoch milliseconds; null when it is, or its presence is unknown. */
  awaySinceMs(deviceId: string): number | null {
    return this.offlineSince.get(deviceId) ?? this.awaitedSince.get(deviceId) ?? null;
  }

  private forget(deviceId: string): void {
    this.offlineSince.delete(deviceId);
    this.awaitedSince.delete(deviceId);
  }
}
