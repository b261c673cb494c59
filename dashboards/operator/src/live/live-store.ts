import { defineStore } from 'pinia';
import { computed, ref, shallowReactive, shallowRef } from 'vue';
import type { Alert } from '../../../../src/contracts/alerts.ts';
import type { Device } from '../../../../src/contracts/devices.ts';
import type { AlertUpdate, DeviceStatusUpdate, TelemetryUpdate } from '../../../../src/contracts/realtime.ts';
import { listDevices, listLatest, listOpenAlerts } from '../api/resources.ts';
import { textOf } from '../api/problem.ts';
import { useSession } from '../session/session-store.ts';
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
export const useLive = defineStore('live', () => {
  const session = useSession();
  const devices = shallowRef<ReadonlyMap<string, Device>>(new Map());
  const values = shallowReactive(new Map<string, Map<string, LatestValue>>());
  const alerts = shallowRef<Alerts>(new Map());
  const loaded = ref(false);
  const loadError = ref<string>();
  /** Rises with every completed refill; whoever shows history loads it anew then. */
  const refills = ref(0);

  const pending = new PendingValues();
  const readingListeners = new Set<ReadingListener>();
  /** Per running load of the alerts, the events since it began: they are newer than what it will answer. */
  const collecting = new Set<Alert[]>();
  let drawing: ReturnType<typeof setTimeout> | undefined;
  let lookingForDevices: ReturnType<typeof setTimeout> | undefined;

  const hasDemo = computed(() => [...devices.value.values()].some((device) => device.origin === 'demo'));

  /** Loads everything anew and joins it with the events that come meanwhile. Errors are kept in `loadError`. */
  async function refill(): Promise<boolean> {
    try {
      const [, latest] = await Promise.all([refreshDevices(), listLatest(session.request), refreshAlerts()]);
      for (const item of latest) mergeValue(valuesOf(item.device_id), item.key, latestFromItem(item));
      loadError.value = undefined;
      loaded.value = true;
      refills.value += 1;
      return true;
    } catch (error) {
      loadError.value = textOf(error);
      return false;
    }
  }

  async function refreshDevices(): Promise<void> {
    const listed = new Map((await listDevices(session.request)).map((device) => [device.device_id, device]));
    for (const [deviceId, known] of devices.value) {
      const fresh = listed.get(deviceId);
      // A status event may have overtaken the list.
      if (fresh !== undefined && statusTimeUs(known) > statusTimeUs(fresh)) {
        listed.set(deviceId, { ...fresh, status: known.status, status_at: known.status_at });
      }
    }
    for (const deviceId of values.keys()) if (!listed.has(deviceId)) values.delete(deviceId);
    devices.value = listed;
  }

  async function refreshAlerts(): Promise<void> {
    const meanwhile: Alert[] = [];
    collecting.add(meanwhile);
    try {
      alerts.value = fromSnapshot(await listOpenAlerts(session.request), meanwhile);
    } finally {
      collecting.delete(meanwhile);
    }
  }

  function valuesOf(deviceId: string): Map<string, LatestValue> {
    let ofDevice = values.get(deviceId);
    if (ofDevice === undefined) {
      ofDevice = shallowReactive(new Map<string, LatestValue>());
      values.set(deviceId, ofDevice);
    }
    return ofDevice;
  }

  function onTelemetry(update: TelemetryUpdate): void {
    for (const [key, value] of latestFromUpdate(update)) {
      pending.add(update.device_id, key, value);
      for (const listener of readingListeners) listener(update.device_id, key, value);
    }
    drawing ??= setTimeout(draw, DRAW_INTERVAL_MS);
    lookForUnknown(update.device_id);
  }

  function draw(): void {
    drawing = undefined;
    for (const [deviceId, ofDevice] of pending.take()) {
      const shown = valuesOf(deviceId);
      for (const [key, value] of ofDevice) mergeValue(shown, key, value);
    }
  }

  function onDeviceStatus(update: DeviceStatusUpdate): void {
    const device = devices.value.get(update.device_id);
    lookForUnknown(update.device_id);
    if (device === undefined || statusTimeUs(device) > (parseMicros(update.timestamp) ?? 0)) return;
    const next = new Map(devices.value);
    next.set(update.device_id, { ...device, status: update.status, status_at: update.timestamp });
    devices.value = next;
  }

  function lookForUnknown(deviceId: string): void {
    if (!loaded.value || devices.value.has(deviceId) || lookingForDevices !== undefined) return;
    lookingForDevices = setTimeout(() => {
      lookingForDevices = undefined;
      void refreshQuietly();
    }, UNKNOWN_DEVICE_DELAY_MS);
  }

  /** Compares with the API what events alone cannot tell: devices that were added, renamed or removed, alerts that went. */
  async function refreshQuietly(): Promise<void> {
    try {
      await Promise.all([refreshDevices(), refreshAlerts()]);
      loadError.value = undefined;
    } catch (error) {
      loadError.value = textOf(error);
    }
  }

  function onAlert(alert: Alert): void {
    for (const meanwhile of collecting) meanwhile.push(alert);
    alerts.value = withAlert(alerts.value, alert);
  }

  function onAlertUpdate(update: AlertUpdate): void {
    onAlert(update.alert);
  }

  function onReading(listener: ReadingListener): () => void {
    readingListeners.add(listener);
    return () => readingListeners.delete(listener);
  }

  /** Forgets everything; the next person may not see what this one could. */
  function clear(): void {
    clearTimeout(drawing);
    clearTimeout(lookingForDevices);
    drawing = undefined;
    lookingForDevices = undefined;
    pending.take();
    devices.value = new Map();
    values.clear();
    alerts.value = new Map();
    loaded.value = false;
    loadError.value = undefined;
  }

  const events = { telemetry_update: onTelemetry, device_status: onDeviceStatus, alert: onAlert, alert_update: onAlertUpdate };
  return { devices, values, alerts, loaded, loadError, refills, hasDemo, refill, refreshQuietly, onReading, onAlert, events, clear };
});

function statusTimeUs(device: Device): number {
  return device.status_at === null ? 0 : (parseMicros(device.status_at) ?? 0);
}
