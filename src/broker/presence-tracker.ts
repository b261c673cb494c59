import { AppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { PresenceChange, PresenceSink } from './ports.ts';

const RETRY_MS = 1_000;

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

interface DeviceEntry {
  readonly deviceId: string;
  connections: number;
  running: boolean;
  next: PresenceChange | undefined;
  waiters: Waiter[];
}

/**
 * What is known of each device's presence, told to the sink in order: one change of a device at a time, and only the newest of those
 * that wait. A change that the sink could not take for a passing reason is repeated, whether or not somebody waits for it.
 */
export class PresenceTracker {
  private readonly sink: PresenceSink;
  private readonly logger: Logger;
  private readonly devices = new Map<string, DeviceEntry>();
  private readonly retries = new Set<NodeJS.Timeout>();
  private idleWaiters: (() => void)[] = [];
  private stopped = false;

  constructor(sink: PresenceSink, logger: Logger) {
    this.sink = sink;
    this.logger = logger;
  }

  /** How many connections `deviceId` has. */
  connectionsOf(deviceId: string): number {
    return this.devices.get(deviceId)?.connections ?? 0;
  }

  connected(deviceId: string, tenantId: string, atMs: number): void {
    const entry = this.entryOf(deviceId);
    entry.connections += 1;
    this.enqueue(entry, { deviceId, tenantId, status: 'online', atMs });
  }

  /** The device is offline when this was its last connection. */
  disconnected(deviceId: string, tenantId: string, atMs: number): void {
    const entry = this.entryOf(deviceId);
    entry.connections -= 1;
    if (entry.connections === 0) this.enqueue(entry, { deviceId, tenantId, status: 'offline', atMs });
  }

  /** What a status topic said; resolves when it (or something newer of the device) is recorded. Rejects with what the sink said. */
  status(change: PresenceChange): Promise<void> {
    const entry = this.entryOf(change.deviceId);
    const recorded = new Promise<void>((resolve, reject) => entry.waiters.push({ resolve, reject }));
    this.enqueue(entry, change);
    return recorded;
  }

  /** Resolves when everything reported is recorded, at the latest after `timeoutMs`; nothing is repeated from then on. */
  async stop(timeoutMs: number): Promise<void> {
    if (this.isBusy()) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.idleWaiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    this.stopped = true;
    for (const timer of this.retries) clearTimeout(timer);
    this.retries.clear();
  }

  private isBusy(): boolean {
    for (const entry of this.devices.values()) if (entry.running || entry.next !== undefined) return true;
    return false;
  }

  private entryOf(deviceId: string): DeviceEntry {
    let entry = this.devices.get(deviceId);
    if (entry === undefined) {
      entry = { deviceId, connections: 0, running: false, next: undefined, waiters: [] };
      this.devices.set(deviceId, entry);
    }
    return entry;
  }

  private enqueue(entry: DeviceEntry, change: PresenceChange): void {
    entry.next = change;
    if (!entry.running) void this.run(entry);
  }

  private async run(entry: DeviceEntry): Promise<void> {
    entry.running = true;
    while (entry.next !== undefined) {
      const change = entry.next;
      const waiters = entry.waiters;
      entry.next = undefined;
      entry.waiters = [];
      try {
        await this.sink.record(change);
        for (const waiter of waiters) waiter.resolve();
      } catch (error) {
        for (const waiter of waiters) waiter.reject(error);
        if (this.failed(entry, change, error)) break;
      }
    }
    entry.running = false;
    this.rest(entry);
  }

  /** True when the change is to be tried again later. */
  private failed(entry: DeviceEntry, change: PresenceChange, error: unknown): boolean {
    if (isFinal(error)) {
      this.logger.info({ deviceId: change.deviceId, reason: messageOf(error) }, 'The presence of a device was not recorded.');
      return false;
    }
    if (this.stopped || entry.next !== undefined) return false;
    entry.next = change;
    const timer = setTimeout(() => {
      this.retries.delete(timer);
      if (!entry.running) void this.run(entry);
    }, RETRY_MS);
    this.retries.add(timer);
    return true;
  }

  private rest(entry: DeviceEntry): void {
    if (entry.next === undefined && entry.connections === 0) this.devices.delete(entry.deviceId);
    if (this.idleWaiters.length === 0 || this.isBusy()) return;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const waiter of waiters) waiter();
  }
}

/** True when trying again would not help: the platform refused it. */
export function isFinal(error: unknown): boolean {
  return error instanceof AppError && !error.retryable && error.code !== 'INTERNAL' && error.code !== 'STORAGE_UNAVAILABLE';
}
