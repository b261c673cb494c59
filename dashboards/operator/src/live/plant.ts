import { ref, shallowReactive, shallowRef } from 'vue';
import type { Alert } from '../../../../src/contracts/alerts.ts';
import type { Device } from '../../../../src/contracts/devices.ts';
import type { DeviceStatusUpdate, ServerToClientEvents, TelemetryUpdate } from '../../../../src/contracts/realtime.ts';
import { textOf } from '../api/problem.ts';
import { listDevices, listLatest, listOpenAlerts } from '../api/resources.ts';
import type { Requester } from '../api/resources.ts';
import { latestFromItem, latestFromUpdate, mergeValue, PendingValues } from './latest-values.ts';
import type { LatestValue } from './latest-values.ts';
import { fromSnapshot, withAlert } from './open-alerts.ts';
import type { Alerts } from './open-alerts.ts';
import { parseMicros } from './timestamps.ts';

/** Told of every live reading, before it is thinned for drawing. */
export type ReadingListener = (deviceId: string, key: string, value: LatestValue) => void;

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
  /** Rises with every completed refill; whoever shows history loads it anew then. */
  readonly refills = ref(0);
  readonly events: ServerToClientEvents = {
    telemetry_update: (update) => this.onTelemetry(update),
    device_status: (update) => this.onDeviceStatus(update),
    alert: (alert) => this.onAlert(alert),
    alert_update: (update) => this.onAlert(update.alert),
  };

  private readonly request: Requester;
  private readonly pending = new PendingValues();
  private readonly readingListeners = new Set<ReadingListener>();
  /** Per running load of the alerts, the events since it began: they are newer than what it will answer. */
  private readonly collecting = new Set<Alert[]>();
  /** Loads that began for an earlier person must not fill the page of the next. */
  private generation = 0;
  private drawing: ReturnType<typeof setTimeout> | undefined;
  private lookingForDevices: ReturnType<typeof setTimeout> | undefined;

  constructor(request: Requester) {
    this.request = request;
  }

  /** Loads everything anew and joins it with the events that come meanwhile. False when it failed; `loadError` says why. */
  async refill(): Promise<boolean> {
    return this.guarded(async (isCurrent) => {
      const [, latest] = await Promise.all([this.loadDevices(isCurrent), listLatest(this.request), this.loadAlerts(isCurrent)]);
      if (!isCurrent()) return;
      for (const item of latest) mergeValue(this.valuesOf(item.device_id), item.key, latestFromItem(item));
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

  private async loadDevices(isCurrent: () => boolean): Promise<void> {
    const listed = new Map((await listDevices(this.request)).map((device) => [device.device_id, device]));
    if (!isCurrent()) return;
    for (const [deviceId, known] of this.devices.value) {
      const fresh = listed.get(deviceId);
      // A status event may have overtaken the list.
      if (fresh !== undefined && statusTimeUs(known) > statusTimeUs(fresh)) {
        listed.set(deviceId, { ...fresh, status: known.status, status_at: known.status_at });
      }
    }
    for (const deviceId of this.values.keys()) if (!listed.has(deviceId)) this.values.delete(deviceId);
    this.devices.value = listed;
  }

  private async loadAlerts(isCurrent: () => boolean): Promise<void> {
    const meanwhile: Alert[] = [];
    this.collecting.add(meanwhile);
    try {
      const snapshot = await listOpenAlerts(this.request);
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
    for (const [deviceId, ofDevice] of this.pending.take()) {
      const shown = this.valuesOf(deviceId);
      for (const [key, value] of ofDevice) mergeValue(shown, key, value);
    }
  }

  private onDeviceStatus(update: DeviceStatusUpdate): void {
    const device = this.devices.value.get(update.device_id);
    this.lookForUnknown(update.device_id);
    if (device === undefined || statusTimeUs(device) > (parseMicros(update.timestamp) ?? 0)) return;
    const next = new Map(this.devices.value);
    next.set(update.device_id, { ...device, status: update.status, status_at: update.timestamp });
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
