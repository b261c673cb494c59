import type { DeviceStatus } from '../contracts/devices.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from '../storage/database.ts';
import { forgetPresence, touchDevices, updateStatus } from '../storage/repositories/devices.ts';
import type { DeviceLookup } from './device-directory.ts';
import { noDevice } from './device-service.ts';

const FLUSH_MS = 5_000;

interface PendingStatus {
  tenantId: string;
  status: DeviceStatus;
  atMs: number;
}

/** What presence uses. */
export interface PresenceDeps {
  database: Database;
  devices: DeviceLookup;
  events: EventBus<PlatformEvents>;
  clock: Clock;
  logger: Logger;
}

/**
 * Whether devices are there, and when they were last heard. `start()` marks all devices offline that were online when the platform
 * went down (nobody is connected yet).
 * Last-seen times are written every 5 s, not per message.
 */
export class PresenceService {
  private readonly deps: PresenceDeps;
  /** Epoch milliseconds, by device, since this process began. */
  private readonly heardAtMs = new Map<string, number>();
  /** Whose time is not written down yet. */
  private unwritten = new Set<string>();
  /** What could not be written while the database was away; the newest status of each device. */
  private readonly pending = new Map<string, PendingStatus>();
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  /** One warning for each time that the database is away, not one for each try. */
  private failing = false;

  constructor(deps: PresenceDeps) {
    this.deps = deps;
  }

  async start(): Promise<void> {
    await forgetPresence(this.deps.database.system, this.deps.clock.nowMs());
    this.stopListening ??= this.deps.events.on('device.changed', ({ deviceId, change }) => {
      if (change === 'removed') this.heardAtMs.delete(deviceId);
    });
    this.timer ??= setInterval(() => void this.flush(), FLUSH_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    this.stopListening?.();
    this.stopListening = undefined;
    await this.flush();
  }

  /**
   * Writes what a device is doing and tells the others. An older status than the known one changes nothing. Fails with NOT_FOUND
   * when the tenant has no such device. Rejects when the database is away; the status is then remembered and written as soon as it is back.
   */
  async setStatus(tenantId: string, deviceId: string, status: DeviceStatus, atMs: number): Promise<void> {
    if (this.deps.devices.lookup(deviceId)?.tenantId !== tenantId) throw noDevice(deviceId);
    try {
      await this.write(deviceId, { tenantId, status, atMs });
    } catch (error) {
      const newer = this.pending.get(deviceId);
      if (newer === undefined || newer.atMs <= atMs) this.pending.set(deviceId, { tenantId, status, atMs });
      throw error;
    }
  }

  /** A message of the device was stored. On the hot path: only noted here. */
  seen(deviceId: string, atMs: number): void {
    this.heardAtMs.set(deviceId, atMs);
    this.unwritten.add(deviceId);
  }

  /** When a message of the device was last stored, epoch milliseconds; undefined when there was none since the platform started. */
  heardMs(deviceId: string): number | undefined {
    return this.heardAtMs.get(deviceId);
  }

  private async write(deviceId: string, { tenantId, status, atMs }: PendingStatus): Promise<void> {
    if (!(await updateStatus(this.deps.database.system, { tenantId, deviceId }, status, atMs))) return;
    const timestamp = new Date(atMs).toISOString();
    this.deps.events.emit('device.status', { tenantId, update: { device_id: deviceId, status, timestamp } });
  }

  /** Writes down now what is noted; what cannot be written stays noted. */
  async flush(): Promise<void> {
    const ids = this.unwritten;
    this.unwritten = new Set();
    const seen = this.timesOf(ids);
    try {
      for (const [deviceId, pending] of this.pending) {
        // A device that was removed meanwhile matches no row, which is as it should be.
        await this.write(deviceId, pending);
        if (this.pending.get(deviceId) === pending) this.pending.delete(deviceId);
      }
      if (seen.size > 0) await touchDevices(this.deps.database.system, seen);
      this.failing = false;
    } catch (error) {
      for (const deviceId of ids) this.unwritten.add(deviceId);
      if (!this.failing) {
        this.deps.logger.warn(
          { part: 'devices', reason: messageOf(error) },
          'Presence of devices could not be written; it is tried until it can.',
        );
      }
      this.failing = true;
    }
  }
  /** Without devices that were removed meanwhile. */
  private timesOf(ids: Iterable<string>): Map<string, number> {
    const times = new Map<string, number>();
    for (const deviceId of ids) {
      const atMs = this.heardAtMs.get(deviceId);
      if (atMs !== undefined) times.set(deviceId, atMs);
    }
    return times;
  }
}
