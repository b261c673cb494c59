import { computed, onScopeDispose, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { useLive } from '../../live/live-store.ts';
import { useSession } from '../../session/session-store.ts';
import { AlertFile } from './alert-file.ts';

/** One alert with all that is known about it, kept current by live events while the page is open. */
export function useAlert(id: () => string) {
  const session = useSession();
  const live = useLive();
  const { locale } = useI18n();
  const maySeeTold = computed(() => session.may('notifications:read'));
  const file = new AlertFile({ request: session.request, maySeeTold: () => maySeeTold.value });

  watch(id, (now) => file.open(now, live.alerts.get(now)), { immediate: true });
  watch(
    () => live.alerts.get(id()),
    (now, before) => {
      if (now !== undefined) file.adopt(now);
      // It is over, or somebody did something, or a reading was counted.
      if (now !== before) file.soon();
    },
  );
  watch(
    () => live.refills,
    () => file.soon(),
  );
  // Why there is the alert is told by the server, in the language that was chosen when it was asked.
  watch(locale, () => file.soon());
  onScopeDispose(() => file.close());
  const { alert, history, explanation, explanationError, told, toldError, trouble, error } = file;
  const refresh = (): Promise<void> => file.refresh();
  return { alert, history, explanation, explanationError, told, toldError, trouble, error, maySeeTold, refresh, file };
}
