import { defineStore } from 'pinia';
import { watch } from 'vue';
import { useRouter } from 'vue-router';
import { i18n } from '../i18n.ts';
import { Alarm } from './alarm.ts';
import { useLive } from './live-store.ts';

/** What wakes a person for critical alerts, on every page; see `Alarm`. */
export const useAlarm = defineStore('alarm', () => {
  const router = useRouter();
  const live = useLive();
  const alarm = new Alarm({
    store: localStorage,
    titleOf: ({ device_id: id }) => `${i18n.global.t('severity.critical')}: ${live.devices.get(id)?.name ?? id}`,
    open: (alertId) => void router.push(`/alerts/${alertId}`),
  });
  // At once: an alert that comes with the last part of the first load would else count as new.
  watch([() => live.alerts, () => live.loaded], ([alerts, loaded]) => alarm.watch(alerts, loaded), { flush: 'sync' });
  return {
    isSoundOn: alarm.isSoundOn,
    isNoticeOn: alarm.isNoticeOn,
    soundState: alarm.soundState,
    notice: alarm.notice,
    noticeFailed: alarm.noticeFailed,
    start: () => alarm.start(),
    stop: () => alarm.stop(),
    look: () => alarm.look(),
    switchSound: (on: boolean) => alarm.switchSound(on),
    switchNotice: (on: boolean) => alarm.switchNotice(on),
    tryOut: () => alarm.tryOut(),
  };
});
