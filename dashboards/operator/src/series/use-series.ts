import { onScopeDispose, ref, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import { listSeries } from '../api/resources.ts';
import { textOf } from '../api/problem.ts';
import { serverTimeNowMs } from '../live/server-clock.ts';
import { useLive } from '../live/live-store.ts';
import { parseMicros, toIso } from '../live/timestamps.ts';
import { useSession } from '../session/session-store.ts';
import { EMPTY_SERIES, joined, reconcileFrom, trimmed, withHistory, withLivePoint } from './series-buffer.ts';
import type { SeriesPoint } from './series-buffer.ts';

/** Which series is looked at. */
export interface SeriesId {
  deviceId: string;
  key: string;
}

/** How much of the past a live chart shows. */
export const WINDOW_MS = 15 * 60_000;
/** How often the chart asks the API for what live updates left out. */
const RECONCILE_INTERVAL_MS = 15_000;
/** Readings may reach the database this much out of order and still be found. */
const LATENESS_MS = 30_000;
/** 20,000 readings in 15 minutes are 22 a second: more than a screen has pixels for. */
const MAX_PAGES = 40;
const REDRAW_INTERVAL_MS = 100;

/**
 * The readings of the selected series over the last 15 minutes: history joined with the live tail, loaded anew when the
 * selection changes and after every gap of the connection.
 */
export function useSeries(selected: Ref<SeriesId | undefined>) {
  const session = useSession();
  const live = useLive();
  const points = shallowRef<readonly SeriesPoint[]>([]);
  const isLoading = ref(false);
  const error = ref<string>();
  const isShortened = ref(false);
  let buffer = EMPTY_SERIES;
  let generation = 0;
  let redraw: ReturnType<typeof setTimeout> | undefined;

  const windowStartUs = (): number => (serverTimeNowMs() - WINDOW_MS) * 1_000;

  async function load(fromUs: number): Promise<void> {
    const series = selected.value;
    if (series === undefined) return;
    const mine = generation;
    const start = toIso(Math.floor(fromUs / 1_000));
    // The end lies ahead so that readings of a device whose clock is a little fast are in it.
    const end = toIso(serverTimeNowMs() + WINDOW_MS);
    try {
      const { items, complete } = await listSeries(session.request, { ...series, start, end, maxPages: MAX_PAGES });
      if (mine !== generation) return;
      const stored = items.flatMap((item) => {
        const timeUs = parseMicros(item.timestamp);
        return timeUs === undefined ? [] : [{ timeUs, value: item.value }];
      });
      buffer = withHistory(buffer, Math.floor(fromUs / 1_000) * 1_000, stored);
      isShortened.value ||= !complete;
      error.value = undefined;
      show();
    } catch (failure) {
      if (mine === generation) error.value = textOf(failure);
    } finally {
      if (mine === generation) isLoading.value = false;
    }
  }

  function show(): void {
    redraw = undefined;
    buffer = trimmed(buffer, windowStartUs());
    points.value = joined(buffer);
  }

  function restart(): void {
    generation += 1;
    buffer = EMPTY_SERIES;
    points.value = [];
    error.value = undefined;
    isShortened.value = false;
    isLoading.value = selected.value !== undefined;
    void load(windowStartUs());
  }

  watch(() => `${selected.value?.deviceId ?? ''} ${selected.value?.key ?? ''}`, restart, { immediate: true });
  watch(
    () => live.refills,
    () => void load(windowStartUs()),
  );
  const stopListening = live.onReading((deviceId, key, value) => {
    if (deviceId !== selected.value?.deviceId || key !== selected.value.key) return;
    buffer = withLivePoint(buffer, { timeUs: value.timeUs, value: value.value });
    redraw ??= setTimeout(show, REDRAW_INTERVAL_MS);
  });
  const reconciling = setInterval(() => {
    if (document.visibilityState === 'visible') void load(reconcileFrom(buffer, windowStartUs(), LATENESS_MS * 1_000));
  }, RECONCILE_INTERVAL_MS);

  onScopeDispose(() => {
    generation += 1;
    stopListening();
    clearInterval(reconciling);
    clearTimeout(redraw);
  });

  return { points, isLoading, error, isShortened };
}
