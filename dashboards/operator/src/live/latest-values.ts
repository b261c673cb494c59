import type { PointValue, TelemetryItem } from '../../../../src/contracts/telemetry.ts';
import type { TelemetryUpdate } from '../../../../src/contracts/realtime.ts';
import { parseMillis, parseMicros } from './timestamps.ts';

/** The newest known value of one series. */
export interface LatestValue {
  value: PointValue;
  unit: string | null;
  /** The device's time of the reading, epoch microseconds. */
  timeUs: number;
  /** The same in epoch milliseconds, for ages. */
  timeMs: number;
  /** 0-100. */
  quality: number;
}

/** Newest values by device and key. */
export type LatestByDevice = Map<string, Map<string, LatestValue>>;

/** True when `incoming` says something newer than what is shown. Late and repeated readings do not overwrite the present. */
export function isNewerValue(incoming: LatestValue, current: LatestValue | undefined): boolean {
  return current === undefined || incoming.timeUs > current.timeUs;
}

/** Puts the newer of the two into `target` and says whether anything changed. */
export function mergeValue(target: Map<string, LatestValue>, key: string, incoming: LatestValue): boolean {
  if (!isNewerValue(incoming, target.get(key))) return false;
  target.set(key, incoming);
  return true;
}

/** One value as the API lists it. */
export function latestFromItem(item: TelemetryItem): LatestValue {
  return { value: item.value, unit: item.unit, quality: item.quality, ...instantOf(item.timestamp) };
}

/** The values of one live update, by key. */
export function latestFromUpdate(update: TelemetryUpdate): [key: string, value: LatestValue][] {
  return Object.entries(update.points).map(([key, point]) => [
    key,
    { value: point.value, unit: point.unit, quality: point.quality, ...instantOf(point.timestamp) },
  ]);
}

function instantOf(timestamp: string): { timeUs: number; timeMs: number } {
  return { timeUs: parseMicros(timestamp) ?? 0, timeMs: parseMillis(timestamp) };
}

/**
 * Newest values waiting for the next drawing. Readings arrive far more often than a screen can show them; per series only
 * the newest is kept, so the buffer never holds more than there are series.
 */
export class PendingValues {
  private pending: LatestByDevice = new Map();

  /** Remembers the newer of this and what already waits. */
  add(deviceId: string, key: string, value: LatestValue): void {
    let ofDevice = this.pending.get(deviceId);
    if (ofDevice === undefined) {
      ofDevice = new Map();
      this.pending.set(deviceId, ofDevice);
    }
    mergeValue(ofDevice, key, value);
  }

  /** What waits; nothing waits afterwards. */
  take(): LatestByDevice {
    const taken = this.pending;
    this.pending = new Map();
    return taken;
  }
}
