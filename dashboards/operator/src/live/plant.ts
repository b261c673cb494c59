import { ref, shallowReactive, shallowRef } from 'vue';
import type { Alert } from '../../../../src/contracts/alerts.ts';
import type { Device } from '../../../../src/contracts/devices.ts';
import type { Permission } from '../../../../src/core/permissions.ts';
import type { DeviceStatusUpdate, ServerToClientEvents, Subscription, TelemetryUpdate } from '../../../../src/contracts/realtime.ts';
import { textOf } from '../api/problem.ts';
import { listDevices, listLatest, listLatestOf, listOpenAlerts } from '../api/resources.ts';
import type { Requester } from '../api/resources.ts';
import type { TelemetryItem } from '../../../../src/contracts/telemetry.ts';
import { latestFromItem, latestFromUpdate, mergeValue, PendingValues } from './latest-values.ts';
import type { LatestValue } from './latest-values.ts';
import { NeededDevices } from './needed-devices.ts';
import { fromSnapshot, withAlert } from './open-alerts.ts';
import type { Alerts } from './open-alerts.ts';
import { parseMicros } from './timestamps.ts';

/** Told of every live reading, before it is thinned for drawing. */
export type ReadingListener = (deviceId: string, key: string, value: LatestValue) => void;

/** What a plant needs of the page around it. */
export interface PlantOptions {
  request: Requester;
  /** What is not allowed is not asked for. */
  may: (permission: Permission) => boolean;
  /** Changes what the connection hears; on none it does nothing. */
  changeSubscriptions: (events: readonly ['subscribe' | 'unsubscribe', Subscription][]) => Promise<void>;
}

const EVERY_DEVICE = { type: 'device', device_id: '*' } as const;
/** No values, but when each device connects and goes. */
const EVERY_STATUS: Subscription = { ...EVERY_DEVICE, keys: [] };
/** A plant with more series than 10 pages of 500 is large: reading all would take a hundred requests at 50,000, and most are never seen. */
const PAGES_OF_VALUES = 10;
/** How often waiting values are drawn. */
const DRAW_INTERVAL_MS = 100;
/** A device nobody has heard of appears after at most this long. */
const UNKNOWN_DEVICE_DELAY_MS = 1_000;

/** Everything the page knows about devices, values and alerts: filled from the API, kept current by live events. */
export class Plant {
  readonly devices = shallowRef<ReadonlyMap<string, Device>>(new Map());
  readonly values = shallowReactive(new Map<string, Map<string, LatestValue>>());
  readonly alerts = shallowRef<Alerts>(new Map());
  /** True once everything has been loaded for the first time. */
  readonly loaded = ref(false);
  /** Why the last load failed; undefined when it did not. */
  readonly loadError = ref<string>();
  /** True when the plant has so many series that only the values of `need` are loaded and heard. */
  readonly isLarge = ref(false);
  /** Rises when devices were added, removed or renamed: not with their status. */
  readonly listChanges = ref(0);
  /** Rises with every completed refill; whoever shows history loads it anew then. */
  readonly refills = ref(0);
  readonly events: ServerToClientEvents = {
    telemetry_update: (update) => this.onTelemetry(update),
    device_status: (update) => this.onDeviceStatus(update),
    alert: (alert) => this.onAlert(alert),
    alert_update: (update) => this.onAlert(update.alert),
  };

  private readonly options: PlantOptions;
  private readonly request: Requester;
  private readonly needed = new NeededDevices();
  private readonly statuses = new Map<string, DeviceStatusUpdate>();
  private readonly pending = new PendingValues();
  private readonly readingListeners = new Set<ReadingListener>();
  /** Per running load of the alerts, the events since it began: they are newer than what it will answer. */
  private readonly collecting = new Set<Alert[]>();
  /** Loads that began for an earlier person must not fill the page of the next. */
  private generation = 0;
  private drawing: ReturnType<typeof setTimeout> | undefined;
  private lookingForDevices: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PlantOptions) {
    this.options = options;
    this.request = options.request;
  }

  /** What has to be heard so that the page is live, as far as it is allowed. */
  subscriptions(): Subscription[] {
    const { may } = this.options;
    const devices = this.isLarge.value ? [EVERY_STATUS, ...this.needed.ids.map(ofDevice)] : [EVERY_DEVICE];
    return [...(may('telemetry:read') ? devices : []), ...(may('alerts:read') ? [{ type: 'alerts' } as const] : [])];
  }

  /** Somebody shows the values of these devices from now on, until `release`. */
  need(deviceIds: readonly string[]): void {
    const added = this.needed.add(deviceIds);
    if (added.length > 0 && this.isLarge.value) void this.hear(added);
  }

  /** The values of these devices are not shown any more; none are kept that nobody keeps current. */
  release(deviceIds: readonly string[]): void {
    const removed = this.needed.remove(deviceIds);
    if (removed.length === 0 || !this.isLarge.value) return;
    for (const id of removed) this.values.delete(id);
    void this.options.changeSubscriptions(removed.map((id) => ['unsubscribe', ofDevice(id)]));
  }

  /** Loads everything anew and joins it with the events that come meanwhile. False when it failed; `loadError` says why. */
  async refill(): Promise<boolean> {
    return this.guarded(async (isCurrent) => {
      await Promise.all([this.loadDevices(isCurrent), this.loadValues(isCurrent), this.loadAlerts(isCurrent)]);
      if (!isCurrent()) return;
      this.loaded.value = true;
      this.refills.value += 1;
    });
  }

  /** Compares with the API what events alone cannot tell: devices that were added, renamed or removed, alerts that went. */
  async compare(): Promise<void> {
    await this.guarded(async (isCurrent) => {
      await Promise.all([this.loadDevices(isCurrent), this.loadAlerts(isCurrent)]);
    });
  }

  /** One alert as it is now, from an event or an answer. */
  onAlert(alert: Alert): void {
    for (const meanwhile of this.collecting) meanwhile.push(alert);
    this.alerts.value = withAlert(this.alerts.value, alert);
  }

  /** Calls `listener` with every live reading until the answer is called. */
  onReading(listener: ReadingListener): () => void {
    this.readingListeners.add(listener);
    return () => this.readingListeners.delete(listener);
  }

  /** Forgets everything; the next person may not see what this one could. */
  clear(): void {
    this.generation += 1;
    clearTimeout(this.drawing);
    clearTimeout(this.lookingForDevices);
    this.drawing = undefined;
    this.lookingForDevices = undefined;
    this.pending.take();
    this.statuses.clear();
    this.isLarge.value = false;
    this.devices.value = new Map();
    this.values.clear();
    this.alerts.value = new Map();
    this.loaded.value = false;
    this.loadError.value = undefined;
  }

  private async guarded(work: (isCurrent: () => boolean) => Promise<void>): Promise<boolean> {
    const mine = this.generation;
    const isCurrent = (): boolean => mine === this.generation;
    try {
      await work(isCurrent);
      if (isCurrent()) this.loadError.value = undefined;
      return true;
    } catch (error) {
      if (isCurrent()) this.loadError.value = textOf(error);
      return false;
    }
  }

  private async loadValues(isCurrent: () => boolean): Promise<void> {
    if (!this.options.may('telemetry:read')) {
      this.values.clear();
      return;
    }
    if (!this.isLarge.value) {
      const { items, complete } = await listLatest(this.request, PAGES_OF_VALUES);
      if (!isCurrent()) return;
      if (complete) {
        this.take(items);
        return;
      }
      this.isLarge.value = true;
      await this.options.changeSubscriptions([['unsubscribe', EVERY_DEVICE]]);
      await this.options.changeSubscriptions([['subscribe', EVERY_STATUS], ...this.needed.ids.map(subscribing)]);
      this.values.clear();
    }
    await this.loadNeeded(this.needed.ids, isCurrent);
  }

  /** Hears of these devices first, so that nothing falls between that and what is loaded. */
  private async hear(deviceIds: readonly string[]): Promise<void> {
    await this.guarded(async (isCurrent) => {
      await this.options.changeSubscriptions(deviceIds.map(subscribing));
      await this.loadNeeded(deviceIds, isCurrent);
    });
  }

  private async loadNeeded(deviceIds: readonly string[], isCurrent: () => boolean): Promise<void> {
    const items = await listLatestOf(this.request, deviceIds);
    if (isCurrent()) this.take(items.filter(({ device_id: id }) => this.needed.has(id)));
  }

  private take(items: readonly TelemetryItem[]): void {
    for (const item of items) mergeValue(this.valuesOf(item.device_id), item.key, latestFromItem(item));
  }

  private async loadDevices(isCurrent: () => boolean): Promise<void> {
    const devices = this.options.may('devices:read') ? await listDevices(this.request) : [];
    const listed = new Map(devices.map((device) => [device.device_id, device]));
    if (!isCurrent()) return;
    for (const [deviceId, known] of this.devices.value) {
      const fresh = listed.get(deviceId);
      // A status event may have overtaken the list.
      if (fresh !== undefined && statusTimeUs(known) > statusTimeUs(fresh)) {
        listed.set(deviceId, { ...fresh, status: known.status, status_at: known.status_at });
      }
    }
    for (const deviceId of this.values.keys()) if (!listed.has(deviceId)) this.values.delete(deviceId);
    const isSame =
      listed.size === this.devices.value.size && devices.every((one) => isSameInLists(one, this.devices.value.get(one.device_id)));
    this.devices.value = listed;
    if (!isSame) this.listChanges.value += 1;
  }

  private async loadAlerts(isCurrent: () => boolean): Promise<void> {
    const meanwhile: Alert[] = [];
    this.collecting.add(meanwhile);
    try {
      const snapshot = this.options.may('alerts:read') ? await listOpenAlerts(this.request) : [];
      if (isCurrent()) this.alerts.value = fromSnapshot(snapshot, meanwhile);
    } finally {
      this.collecting.delete(meanwhile);
    }
  }

  private valuesOf(deviceId: string): Map<string, LatestValue> {
    let ofDevice = this.values.get(deviceId);
    if (ofDevice === undefined) {
      ofDevice = shallowReactive(new Map<string, LatestValue>());
      this.values.set(deviceId, ofDevice);
    }
    return ofDevice;
  }

  private onTelemetry(update: TelemetryUpdate): void {
    for (const [key, value] of latestFromUpdate(update)) {
      this.pending.add(update.device_id, key, value);
      for (const listener of this.readingListeners) listener(update.device_id, key, value);
    }
    this.drawing ??= setTimeout(() => this.draw(), DRAW_INTERVAL_MS);
    this.lookForUnknown(update.device_id);
  }

  private draw(): void {
    this.drawing = undefined;
    this.drawStatuses();
    for (const [deviceId, ofDevice] of this.pending.take()) {
      // What was still on its way when nobody needed it any more.
      if (this.isLarge.value && !this.needed.has(deviceId)) continue;
      const shown = this.valuesOf(deviceId);
      for (const [key, value] of ofDevice) mergeValue(shown, key, value);
    }
  }

  private onDeviceStatus(update: DeviceStatusUpdate): void {
    this.lookForUnknown(update.device_id);
    this.statuses.set(update.device_id, update);
    this.drawing ??= setTimeout(() => this.draw(), DRAW_INTERVAL_MS);
  }

  /** All at once: when a broker restarts, thousands come back in a second, and each change makes a new map. */
  private drawStatuses(): void {
    if (this.statuses.size === 0) return;
    const next = new Map(this.devices.value);
    for (const { device_id: deviceId, status, timestamp } of this.statuses.values()) {
      const device = next.get(deviceId);
      if (device === undefined || statusTimeUs(device) > (parseMicros(timestamp) ?? 0)) continue;
      next.set(deviceId, { ...device, status, status_at: timestamp });
    }
    this.statuses.clear();
    this.devices.value = next;
  }

  private lookForUnknown(deviceId: string): void {
    if (!this.loaded.value || this.devices.value.has(deviceId) || this.lookingForDevices !== undefined) return;
    this.lookingForDevices = setTimeout(() => {
      this.lookingForDevices = undefined;
      void this.compare();
    }, UNKNOWN_DEVICE_DELAY_MS);
  }
}

function statusTimeUs(device: Device): number {
  return device.status_at === null ? 0 : (parseMicros(device.status_at) ?? 0);
}

function ofDevice(deviceId: string): Subscription {
  return { type: 'device', device_id: deviceId };
}

function subscribing(deviceId: string): ['subscribe', Subscription] {
  return ['subscribe', ofDevice(deviceId)];
}

/** True when lists show and find both in the same place. */
function isSameInLists(one: Device, other: Device | undefined): boolean {
  return (
    one.name === other?.name &&
    one.type === other.type &&
    one.location === other.location &&
    one.area === other.area &&
    one.origin === other.origin
  );
}
