import { computed, watch } from 'vue';
import type { Widget } from '../../../../../src/contracts/dashboards.ts';
import type { Device, SeriesItem } from '../../../../../src/contracts/devices.ts';
import type { LatestValue } from '../../live/latest-values.ts';
import { useLive } from '../../live/live-store.ts';
import { useLiveDevices } from '../../live/use-live-devices.ts';
import { bind } from './model/binding.ts';
import type { Bound } from './model/binding.ts';

/** One quantity as a widget shows it: with what is known of it now. */
export interface BoundValue {
  deviceId: string;
  key: string;
  /** Undefined: the device does not exist (any more). */
  device: Device | undefined;
  /** Undefined: no reading yet. */
  latest: LatestValue | undefined;
  look: SeriesItem | undefined;
}

/** Names, limits and decimals are asked for device by device; of more the key as it was sent has to do. */
const MOST_LOOKS = 60;

/**
 * What a widget shows, resolved live: devices that a selector means appear and go by themselves. The one place where widgets read live
 * values.
 */
export function useBoundValues(widget: () => Widget) {
  const live = useLive();
  // Which series there are changes seldom, values many times a second: they are kept apart.
  const bound = computed<Bound>((before) => {
    const now = bind(widget(), live.devices, (deviceId, key) => live.values.get(deviceId)?.has(key) === true);
    return before !== undefined && isSameBound(before, now) ? before : now;
  });
  useLiveDevices(() => bound.value.devices.map(({ device_id: id }) => id));
  const values = computed<BoundValue[]>(() =>
    bound.value.series.map(({ deviceId, key }) => ({
      deviceId,
      key,
      device: live.devices.get(deviceId),
      latest: live.values.get(deviceId)?.get(key),
      look: live.looks.get(deviceId)?.get(key),
    })),
  );

  watch(
    () => `${String(live.refills)} ${String(live.looksRounds)} ${devicesOf(bound.value).join(' ')}`,
    () => void live.loadMissingLooks(devicesOf(bound.value)),
    { immediate: true },
  );

  return {
    /** False until the plant has been read for the first time: nothing can be called missing before. */
    isLoaded: computed(() => live.loaded),
    bound,
    devices: computed(() => bound.value.devices),
    values,
    /** The newest value of one quantity of a device that the widget shows. */
    latestOf: (deviceId: string, key: string): LatestValue | undefined => live.values.get(deviceId)?.get(key),
    /** How one quantity of a device is shown, as far as that is known. */
    lookOf: (deviceId: string, key: string): SeriesItem | undefined => live.looks.get(deviceId)?.get(key),
  };
}

function devicesOf({ series }: Bound): string[] {
  return [...new Set(series.map(({ deviceId }) => deviceId))].slice(0, MOST_LOOKS);
}

function isSameBound(a: Bound, b: Bound): boolean {
  return (
    a.omitted === b.omitted &&
    a.devices.length === b.devices.length &&
    a.series.length === b.series.length &&
    a.missing.length === b.missing.length &&
    a.devices.every((device, place) => device === b.devices[place]) &&
    a.series.every((one, place) => one.deviceId === b.series[place]?.deviceId && one.key === b.series[place].key) &&
    a.missing.every((id, place) => id === b.missing[place])
  );
}
