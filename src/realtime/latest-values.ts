import type { TelemetryUpdate } from '../contracts/realtime.ts';
import type { StoredPoint, StoredTelemetry } from '../contracts/telemetry.ts';

/** Which keys of a device somebody wants; `all` for every one. */
export type KeySelection = ReadonlySet<string> | 'all';

/**
 * The newest value per device and key that one connection has not been sent. Values that are overtaken before they could be sent are
 * dropped: a slow connection gets fewer values, but always the newest.
 */
export class LatestValues {
  private readonly devices = new Map<string, Map<string, StoredPoint>>();

  get isEmpty(): boolean {
    return this.devices.size === 0;
  }

  /** Takes over what is newer and wanted; answers how many values will never be sent because of it: of two, the older one. */
  add(telemetry: StoredTelemetry, keys: KeySelection): number {
    let overtaken = 0;
    let values = this.devices.get(telemetry.device_id);
    for (const point of telemetry.points) {
      if (keys !== 'all' && !keys.has(point.key)) continue;
      if (values === undefined) {
        values = new Map<string, StoredPoint>();
        this.devices.set(telemetry.device_id, values);
      }
      const known = values.get(point.key);
      if (known !== undefined) overtaken += 1;
      if (known === undefined || point.time_us > known.time_us) values.set(point.key, point);
    }
    return overtaken;
  }

  /** Takes out at most `limit` devices, those that have waited longest first. */
  take(limit: number): [deviceId: string, points: ReadonlyMap<string, StoredPoint>][] {
    const taken: [string, ReadonlyMap<string, StoredPoint>][] = [];
    for (const entry of this.devices) {
      if (taken.length === limit) break;
      this.devices.delete(entry[0]);
      taken.push(entry);
    }
    return taken;
  }

  /** Drops what is not wanted any more. */
  retain(keysOf: (deviceId: string) => KeySelection): void {
    for (const [deviceId, values] of this.devices) {
      const keys = keysOf(deviceId);
      if (keys === 'all') continue;
      for (const key of values.keys()) if (!keys.has(key)) values.delete(key);
      if (values.size === 0) this.devices.delete(deviceId);
    }
  }

  clear(): void {
    this.devices.clear();
  }
}

/** What is told of a device: these points, each the newest of its key. */
export function updateOf(deviceId: string, values: ReadonlyMap<string, StoredPoint>): TelemetryUpdate {
  let newestUs = 0;
  for (const point of values.values()) newestUs = Math.max(newestUs, point.time_us);
  // Object.fromEntries makes own properties of every key, `__proto__` too.
  const points = Object.fromEntries(
    Array.from(values, ([key, point]) => [
      key,
      { value: point.value, unit: point.unit, timestamp: isoOfUs(point.time_us), quality: point.quality },
    ]),
  );
  return { device_id: deviceId, timestamp: isoOfUs(newestUs), points };
}

/** ISO 8601 UTC with the six digits that identify a reading, as the API prints it. */
export function isoOfUs(timeUs: number): string {
  const ms = Math.floor(timeUs / 1_000);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(timeUs - ms * 1_000).padStart(3, '0')}Z`;
}
