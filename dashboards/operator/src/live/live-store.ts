import { defineStore } from 'pinia';
import { computed } from 'vue';
import type { Alert } from '../../../../src/contracts/alerts.ts';
import { useSession } from '../session/session-store.ts';
import { Plant } from './plant.ts';
import type { PlantOptions, ReadingListener } from './plant.ts';
import { SeriesLooks } from './series-looks.ts';

/** So often the page asks anew how far apart readings usually are: wall screens are open for weeks, and devices change their pace. */
const LOOKS_KEPT_MS = 15 * 60_000;

/** The plant as the page knows it; see `Plant`. */
export const useLive = defineStore('live', () => {
  const session = useSession();
  const { request } = session;
  /** The connection makes itself known when it is there: it needs what is here. */
  let changeSubscriptions: PlantOptions['changeSubscriptions'] = () => Promise.resolve();
  const plant = new Plant({
    request,
    may: (permission) => session.may(permission),
    changeSubscriptions: (events) => changeSubscriptions(events),
  });
  const looks = new SeriesLooks(request);
  setInterval(() => looks.expire(), LOOKS_KEPT_MS);
  return {
    devices: plant.devices,
    values: plant.values,
    heard: plant.heard,
    alerts: plant.alerts,
    loaded: plant.loaded,
    loadError: plant.loadError,
    refills: plant.refills,
    isLarge: plant.isLarge,
    listChanges: plant.listChanges,
    valuesOf: (deviceIds: readonly string[]) => plant.valuesNow(deviceIds),
    need: (deviceIds: readonly string[]) => plant.need(deviceIds),
    release: (deviceIds: readonly string[]) => plant.release(deviceIds),
    subscriptions: () => plant.subscriptions(),
    useConnection: (change: PlantOptions['changeSubscriptions']) => (changeSubscriptions = change),
    hasDemo: computed(() => [...plant.devices.value.values()].some((device) => device.origin === 'demo')),
    refill: () => plant.refill(),
    compare: () => plant.compare(),
    readDevicesIfOld: () => plant.readDevicesIfOld(),
    readDevices: (deviceIds?: readonly string[]) => plant.readDevices(deviceIds),
    onAlert: (alert: Alert) => plant.onAlert(alert),
    onReading: (listener: ReadingListener) => plant.onReading(listener),
    looks: looks.byDevice,
    looksRounds: looks.rounds,
    loadLooks: (deviceIds: readonly string[]) => looks.load(deviceIds),
    loadMissingLooks: (deviceIds: readonly string[]) => looks.loadMissing(deviceIds),
    clear: () => {
      plant.clear();
      looks.clear();
    },
    // A function, so that pinia does not wrap the handlers.
    events: () => plant.events,
  };
});
