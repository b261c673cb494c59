import { onScopeDispose, shallowRef, watch } from 'vue';
import type { Device } from '../../../../../src/contracts/devices.ts';
import { useLive } from '../../live/live-store.ts';
import { parseMillis } from '../../live/timestamps.ts';
import { alertsByDevice } from './device-rows.ts';
import type { DeviceRow } from './device-rows.ts';

/** Changes of ten thousand devices are taken in at this pace, so that the list stays quiet under the eye and the hand. */
const RENEW_MS = 1_000;

/** Every device with what the page knows of it, renewed about once a second. */
export function useDeviceRows() {
  const live = useLive();
  const rows = shallowRef<readonly DeviceRow[]>(read());
  let waiting: ReturnType<typeof setTimeout> | undefined;

  function read(): DeviceRow[] {
    const open = alertsByDevice(live.alerts.values());
    return [...live.devices.values()].map((device) => {
      const { count = 0, severity } = open.get(device.device_id) ?? {};
      return { device, lastSeenMs: lastSeenMs(device, live.heard.get(device.device_id)), alerts: count, severity };
    });
  }

  function renew(): void {
    waiting = undefined;
    rows.value = read();
  }

  // The first fill is shown at once.
  watch(() => live.loaded, renew);
  watch([() => live.devices, () => live.alerts], () => (waiting ??= setTimeout(renew, RENEW_MS)));
  const stopListening = live.onReading(() => (waiting ??= setTimeout(renew, RENEW_MS)));
  onScopeDispose(() => {
    clearTimeout(waiting);
    stopListening();
  });
  return { rows, renew };
}

/** When something last came from a device, epoch milliseconds: as the list said, or a newer live reading (`heardMs`). 0: never. */
export function lastSeenMs(device: Device, heardMs = 0): number {
  return device.last_seen_at === null ? heardMs : Math.max(heardMs, parseMillis(device.last_seen_at));
}
