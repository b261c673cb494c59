import { onScopeDispose, watch } from 'vue';
import type { Ref } from 'vue';
import { useLive } from '../../live/live-store.ts';
import { useSession } from '../../session/session-store.ts';
import { SeriesFeed } from './series-feed.ts';
import type { SeriesId } from './series-feed.ts';

/** How often the chart asks the API for what live updates left out. */
const RECONCILE_INTERVAL_MS = 15_000;

/** The readings of the selected series for as long as the component lives; loaded anew after every gap of the connection. */
export function useSeries(selected: Ref<SeriesId | undefined>): SeriesFeed {
  const live = useLive();
  const feed = new SeriesFeed(useSession().request);
  watch(
    () => `${selected.value?.deviceId ?? ''} ${selected.value?.key ?? ''}`,
    () => feed.select(selected.value),
    { immediate: true },
  );
  watch(
    () => live.refills,
    () => void feed.reload(),
  );
  const stopListening = live.onReading((deviceId, key, value) => feed.add(deviceId, key, value));
  const reconciling = setInterval(() => {
    if (document.visibilityState === 'visible') void feed.reconcile();
  }, RECONCILE_INTERVAL_MS);
  onScopeDispose(() => {
    stopListening();
    clearInterval(reconciling);
    feed.stop();
  });
  return feed;
}
