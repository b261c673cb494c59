import { computed } from 'vue';
import { byName } from '../../language.ts';
import type { RuleScope } from '../../../../../src/contracts/rules.ts';
import { useLive } from '../../live/live-store.ts';
import { sampleOf } from '../../live/sample-devices.ts';
import { useLiveDevices } from '../../live/use-live-devices.ts';
import type { Draft } from './draft.ts';

/** What a field offers: an id, and what else it is known by. */
export interface Offer {
  value: string;
  name?: string;
}

/** The devices, types, places and quantities of the plant, as fields offer them. */
export function usePlantOffers() {
  const live = useLive();
  const devices = computed((): Offer[] => byValue([...live.devices.values()].map(({ device_id: value, name }) => ({ value, name }))));
  const types = computed(() => words([...live.devices.values()].map(({ type }) => type)));
  const locations = computed(() => words([...live.devices.values()].map(({ location }) => location)));

  /** The devices that a scope takes in. */
  function devicesIn(scope: RuleScope): string[] {
    if (scope.device_id !== undefined) return [scope.device_id];
    const all = [...live.devices.values()].filter(
      ({ type, location }) => (scope.device_type ?? type) === type && (scope.location ?? location) === location,
    );
    return all.map(({ device_id: id }) => id).sort(byName);
  }

  /** The quantities that these devices have sent. */
  function keysOf(deviceIds: readonly string[]): Offer[] {
    return words(deviceIds.flatMap((deviceId) => [...(live.values.get(deviceId)?.keys() ?? [])]));
  }

  /** In which unit a quantity is read, as far as one of the devices has sent it. */
  function unitOf(deviceIds: readonly string[], key: string): string {
    for (const deviceId of deviceIds) {
      const unit = live.values.get(deviceId)?.get(key)?.unit ?? '';
      if (unit !== '') return unit;
    }
    return '';
  }

  /** Keeps the quantities of these devices known, of many those of some: in a large plant the page has only what somebody asks for. */
  function knowKeysOf(deviceIds: () => readonly string[]): void {
    const sample = computed(() => sampleOf(deviceIds().map((id) => live.devices.get(id) ?? { device_id: id, type: '' })));
    useLiveDevices(() => sample.value);
  }

  /** Whether a device has sent a quantity; undefined where that is not known, because the plant is large. */
  function hasKey(deviceId: string, key: string): boolean | undefined {
    const sent = live.values.get(deviceId);
    return sent === undefined && live.isLarge ? undefined : sent?.has(key) === true;
  }

  return { devices, types, locations, devicesIn, keysOf, unitOf, knowKeysOf, hasKey };
}

/** Whom a form says the rule is for, as far as it is filled in. */
export function scopeOf({ scopeKind, deviceId, deviceType, location }: Draft): RuleScope {
  if (scopeKind === 'device') return deviceId.trim() === '' ? {} : { device_id: deviceId.trim() };
  if (scopeKind === 'all') return {};
  return {
    ...(deviceType.trim() === '' ? {} : { device_type: deviceType.trim() }),
    ...(location.trim() === '' ? {} : { location: location.trim() }),
  };
}

function words(all: readonly string[]): Offer[] {
  return byValue([...new Set(all)].filter((word) => word !== '').map((value) => ({ value })));
}

function byValue(offers: Offer[]): Offer[] {
  return offers.sort((one, other) => byName(one.value, other.value));
}
