import type { Subscription } from '../contracts/realtime.ts';
import type { Severity } from '../contracts/rules.ts';
import type { KeySelection } from './latest-values.ts';

/** In place of a device id: every device of the tenant, those to come included. */
export const ALL_DEVICES = '*';

type DeviceSubscription = Extract<Subscription, { type: 'device' }>;

/** What one connection has subscribed to. Subscribing twice widens, never narrows. */
export class Subscriptions {
  private readonly devices = new Map<string, Set<string> | 'all'>();
  private readonly severities = new Set<Severity | 'all'>();

  /** How many devices are named. */
  get deviceCount(): number {
    return this.devices.size;
  }

  get deviceIds(): Iterable<string> {
    return this.devices.keys();
  }

  get wantsAlerts(): boolean {
    return this.severities.size > 0;
  }

  hasDevice(deviceId: string): boolean {
    return this.devices.has(deviceId);
  }

  addDevice({ device_id: deviceId, keys }: DeviceSubscription): void {
    const known = this.devices.get(deviceId);
    if (keys === undefined || known === 'all') this.devices.set(deviceId, 'all');
    else this.devices.set(deviceId, new Set([...(known ?? []), ...keys]));
  }

  /** Takes keys back, or (no keys) the device. Answers why that is not possible, or undefined. */
  removeDevice({ device_id: deviceId, keys }: DeviceSubscription): string | undefined {
    const known = this.devices.get(deviceId);
    if (known === undefined || keys === undefined) {
      this.devices.delete(deviceId);
      return undefined;
    }
    if (known === 'all') return `You subscribed to every key of ${deviceId}; unsubscribe without keys, then subscribe to those you want.`;
    for (const key of keys) known.delete(key);
    if (known.size === 0) this.devices.delete(deviceId);
    return undefined;
  }

  /** The wanted keys of a device: those asked for by its name and those asked for of all devices. */
  keysOf(deviceId: string): KeySelection {
    const named = this.devices.get(deviceId);
    const all = this.devices.get(ALL_DEVICES);
    if (named === undefined) return all ?? new Set();
    if (all === undefined) return named;
    return named === 'all' || all === 'all' ? 'all' : new Set([...named, ...all]);
  }

  addAlerts(severity: Severity | undefined): void {
    this.severities.add(severity ?? 'all');
  }

  /** Takes one severity back, or (undefined) all alerts. Answers why that is not possible, or undefined. */
  removeAlerts(severity: Severity | undefined): string | undefined {
    if (severity === undefined) this.severities.clear();
    else if (this.severities.has('all')) return 'You subscribed to alerts of every severity; unsubscribe without a severity first.';
    else this.severities.delete(severity);
    return undefined;
  }

  wantsSeverity(severity: Severity): boolean {
    return this.severities.has('all') || this.severities.has(severity);
  }

  clearDevices(): void {
    this.devices.clear();
  }
}
