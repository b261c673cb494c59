import { ref, shallowReactive, shallowRef } from 'vue';
import type { Alert } from '../../../../src/contracts/alerts.ts';
import type { Device } from '../../../../src/contracts/devices.ts';
import type { Permission } from '../../../../src/core/permissions.ts';
import type { DeviceStatusUpdate, ServerToClientEvents, Subscription, TelemetryUpdate } from '../../../../src/contracts/realtime.ts';
import { localNowMs } from '../clock.ts';
import { ApiError, textOf } from '../api/problem.ts';
import { findDevice, listDevices, listLatest, listLatestOf, listOpenAlerts, PAGE_SIZE } from '../api/resources.ts';
import type { Requester } from '../api/resources.ts';
import type { TelemetryItem } from '../../../../src/contracts/telemetry.ts';
import { DeviceChanges } from './device-changes.ts';
import { latestFromItem, latestFromUpdate, mergeValue, PendingValues } from './latest-values.ts';
import type { LatestByDevice, LatestValue } from './latest-values.ts';
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
/** The list of devices is compared so often for each of its pages: what changes is told, and comparing is only for what was not. */
const COMPARE_PAGE_MS = 60_000;
/** The beat in which it is asked whether that is due does not fit to the millisecond. */
const COMPARE_EARLY_MS = 30_000;
/** How often waiting values are drawn. */
const DRAW_INTERVAL_MS = 100;

/** Everything the page knows about devices, values and alerts: filled from the API, kept current by live events. */
export class Plant {
  readonly devices = shallowRef<ReadonlyMap<string, Device>>(new Map());
  readonly values = shallowReactive(new Map<string, Map<string, LatestValue>>());
  /** The time of the newest live reading of each device, epoch milliseconds. What was imported is a value, and no sign of life. */
  readonly heard = shallowReactive(new Map<string, number>());
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
    devices_changed: ({ device_ids: ids }) => this.deviceChanges.add(ids),
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
  private readonly deviceChanges = new DeviceChanges({
    readSome: (deviceIds) => this.readDevices(deviceIds),
    readAll: () => this.guarded((isCurrent) => this.loadDevices(isCurrent)),
    pages: () => this.pagesOfDevices(),
  });
  /** Readers of devices take turns: what was asked earlier may not overwrite what was asked later. */
  private devicesTurn: Promise<unknown> = Promise.resolve();
  private devicesListedAtMs = 0;
  private refilling = 0;

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

  /** The newest values of these devices, also of those that nobody shows. Fails when a large plant cannot be asked. */
  async valuesNow(deviceIds: readonly string[]): Promise<LatestByDevice> {
    if (!this.isLarge.value || !this.options.may('telemetry:read')) return this.values;
    const values: LatestByDevice = new Map();
    for (const item of await listLatestOf(this.request, deviceIds)) {
      const ofDevice = values.get(item.device_id) ?? new Map<string, LatestValue>();
      values.set(item.device_id, ofDevice);
      mergeValue(ofDevice, item.key, latestFromItem(item));
    }
    return values;
  }

  /** Loads everything anew and joins it with the events that come meanwhile. False when it failed; `loadError` says why. */
  async refill(): Promise<boolean> {
    const mine = (this.refilling += 1);
    return this.guarded(async (isOurs) => {
      // The next refill does it all again: what this one has not asked for by then it leaves to that.
      const isCurrent = (): boolean => isOurs() && mine === this.refilling;
      await Promise.all([this.loadDevices(isCurrent), this.loadValues(isCurrent), this.loadAlerts(isCurrent)]);
      if (!isCurrent()) return;
      this.loaded.value = true;
      this.refills.value += 1;
    });
  }

  /** Compares lists with the API, in case an event was not heard; that of many devices more seldom, because it takes many requests. */
  async compare(): Promise<void> {
    await this.guarded(async (isCurrent) => {
      const isDue = localNowMs() - this.devicesListedAtMs >= this.pagesOfDevices() * COMPARE_PAGE_MS - COMPARE_EARLY_MS;
      await Promise.all([isDue ? this.loadDevices(isCurrent) : undefined, this.loadAlerts(isCurrent)]);
    });
  }

  /** Reads these devices anew, or all when none are named. False when that failed. */
  readDevices(deviceIds?: readonly string[]): Promise<boolean> {
    return this.guarded((isCurrent) =>
      deviceIds === undefined ? this.loadDevices(isCurrent) : this.loadSomeDevices(deviceIds, isCurrent),
    );
  }

  /** Reads all devices anew unless that was done in the last minute: when each was last seen is told of few. */
  async readDevicesIfOld(): Promise<void> {
    if (localNowMs() - this.devicesListedAtMs > COMPARE_PAGE_MS) await this.readDevices();
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
    this.drawing = undefined;
    this.deviceChanges.clear();
    this.devicesListedAtMs = 0;
    this.pending.take();
    this.statuses.clear();
    this.isLarge.value = false;
    this.devices.value = new Map();
    this.values.clear();
    this.heard.clear();
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
      // Whoever asked too much is only late: it is asked again, and the connection says whether the page is live.
      const isTooMuch = error instanceof ApiError && error.status === 429;
      if (isCurrent() && !isTooMuch) this.loadError.value = textOf(error);
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
    if (!isCurrent()) return;
    const shown = deviceIds.filter((id) => this.needed.has(id));
    // Also of those that have sent nothing: that is known now.
    for (const id of shown) this.valuesOf(id);
    this.take(items.filter(({ device_id: id }) => this.needed.has(id)));
  }

  private take(items: readonly TelemetryItem[]): void {
    for (const item of items) mergeValue(this.valuesOf(item.device_id), item.key, latestFromItem(item));
  }

  private pagesOfDevices(): number {
    return Math.max(1, Math.ceil(this.devices.value.size / PAGE_SIZE));
  }

  private inTurn(read: () => Promise<void>): Promise<void> {
    const turn = this.devicesTurn.then(read);
    this.devicesTurn = turn.catch(() => undefined);
    return turn;
  }

  private loadDevices(isCurrent: () => boolean): Promise<void> {
    return this.inTurn(async () => {
      const devices = this.options.may('devices:read') ? await listDevices(this.request, isCurrent) : [];
      if (!isCurrent()) return;
      this.devicesListedAtMs = localNowMs();
      this.putDevices(new Map(devices.map((device) => [device.device_id, device])));
    });
  }

  private loadSomeDevices(deviceIds: readonly string[], isCurrent: () => boolean): Promise<void> {
    return this.inTurn(async () => {
      if (!this.options.may('devices:read')) return;
      const read: [string, Device | undefined][] = [];
      for (const id of deviceIds) read.push([id, await findDevice(this.request, id)]);
      if (!isCurrent()) return;
      const listed = new Map(this.devices.value);
      for (const [id, device] of read) {
        if (device === undefined) listed.delete(id);
        else listed.set(id, device);
      }
      this.putDevices(listed);
    });
  }

  private putDevices(listed: Map<string, Device>): void {
    const before = this.devices.value;
    for (const [deviceId, known] of before) {
      const fresh = listed.get(deviceId);
      // A status event may have overtaken the list.
      if (fresh !== undefined && statusTimeUs(known) > statusTimeUs(fresh)) {
        listed.set(deviceId, { ...fresh, status: known.status, status_at: known.status_at });
      }
    }
    for (const known of [this.values, this.heard]) for (const deviceId of known.keys()) if (!listed.has(deviceId)) known.delete(deviceId);
    const isSame = listed.size === before.size && [...listed].every(([id, one]) => isSameInLists(one, before.get(id)));
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
      let heardMs = this.heard.get(deviceId) ?? 0;
      for (const [key, value] of ofDevice) {
        mergeValue(shown, key, value);
        heardMs = Math.max(heardMs, value.timeMs);
      }
      this.heard.set(deviceId, heardMs);
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
    if (this.loaded.value && !this.devices.value.has(deviceId)) this.deviceChanges.add([deviceId]);
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
