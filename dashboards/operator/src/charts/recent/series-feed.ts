import { ref, shallowRef } from 'vue';
import { textOf } from '../../api/problem.ts';
import { listSeries } from '../../api/resources.ts';
import type { Requester } from '../../api/resources.ts';
import type { LatestValue } from '../../live/latest-values.ts';
import { serverTimeNowMs } from '../../live/server-clock.ts';
import { parseMicros, toIso } from '../../live/timestamps.ts';
import { EMPTY_SERIES, joined, reconcileFrom, trimmed, withHistory, withLivePoint } from '../series-buffer.ts';
import type { SeriesPoint } from '../series-buffer.ts';

/** Which series is looked at. */
export interface SeriesId {
  deviceId: string;
  key: string;
}

/** How much of the past a live chart shows. */
export const WINDOW_MS = 15 * 60_000;
/** Readings may reach the database this much out of order and still be found. */
const LATENESS_MS = 30_000;
/** 20,000 readings in 15 minutes are 22 a second: more than a screen has pixels for. */
const MAX_PAGES = 40;
const REDRAW_INTERVAL_MS = 100;

/** The readings of one series over the last 15 minutes: history joined with the live tail. */
export class SeriesFeed {
  readonly points = shallowRef<readonly SeriesPoint[]>([]);
  readonly isLoading = ref(false);
  /** Why the history could not be loaded; undefined when it could. */
  readonly error = ref<string>();
  /** True when there are more readings than are read. */
  readonly isShortened = ref(false);
  private readonly request: Requester;
  private series: SeriesId | undefined;
  private buffer = EMPTY_SERIES;
  /** What was asked for an earlier selection must not appear in this one. */
  private generation = 0;
  private redraw: ReturnType<typeof setTimeout> | undefined;

  constructor(request: Requester) {
    this.request = request;
  }

  /** Shows another series, or none. */
  select(series: SeriesId | undefined): void {
    this.stop();
    this.series = series;
    this.buffer = EMPTY_SERIES;
    this.points.value = [];
    this.error.value = undefined;
    this.isShortened.value = false;
    this.isLoading.value = series !== undefined;
    void this.reload();
  }

  /** Loads the whole window anew, as after a gap of the connection. */
  reload(): Promise<void> {
    return this.load(windowStartUs());
  }

  /** Loads the newest part anew: live updates may leave readings out. */
  reconcile(): Promise<void> {
    return this.load(reconcileFrom(this.buffer, windowStartUs(), LATENESS_MS * 1_000));
  }

  /** Adds a live reading if it is one of this series. */
  add(deviceId: string, key: string, value: LatestValue): void {
    if (deviceId !== this.series?.deviceId || key !== this.series.key) return;
    this.buffer = withLivePoint(this.buffer, { timeUs: value.timeUs, value: value.value });
    this.redraw ??= setTimeout(() => this.show(), REDRAW_INTERVAL_MS);
  }

  stop(): void {
    this.generation += 1;
    clearTimeout(this.redraw);
    this.redraw = undefined;
  }

  private async load(fromUs: number): Promise<void> {
    if (this.series === undefined) return;
    const mine = this.generation;
    const fromMs = Math.floor(fromUs / 1_000);
    // The end lies ahead so that readings of a device whose clock is a little fast are in it.
    const range = { start: toIso(fromMs), end: toIso(serverTimeNowMs() + WINDOW_MS) };
    try {
      const { items, complete } = await listSeries(this.request, { ...this.series, ...range, maxPages: MAX_PAGES });
      if (mine !== this.generation) return;
      const stored = items.flatMap((item) => {
        const timeUs = parseMicros(item.timestamp);
        return timeUs === undefined ? [] : [{ timeUs, value: item.value }];
      });
      this.buffer = withHistory(this.buffer, fromMs * 1_000, stored);
      this.isShortened.value ||= !complete;
      this.error.value = undefined;
      this.show();
    } catch (failure) {
      if (mine === this.generation) this.error.value = textOf(failure);
    } finally {
      if (mine === this.generation) this.isLoading.value = false;
    }
  }

  private show(): void {
    this.redraw = undefined;
    this.buffer = trimmed(this.buffer, windowStartUs());
    this.points.value = joined(this.buffer);
  }
}

function windowStartUs(): number {
  return (serverTimeNowMs() - WINDOW_MS) * 1_000;
}
