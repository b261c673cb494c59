import { computed, onScopeDispose, watch } from 'vue';
import type { ComputedRef } from 'vue';
import type { SeriesKind } from '../../../../src/contracts/telemetry.ts';
import { useLive } from '../live/live-store.ts';
import { useLiveDevices } from '../live/use-live-devices.ts';
import { serverNowMs, serverTimeNowMs } from '../live/server-clock.ts';
import { useSession } from '../session/session-store.ts';
import { bucketSecondsFor } from './buckets.ts';
import type { ChartPeriod, ChartProps, ChartSeries } from './chart.ts';
import { ChartFeed } from './chart-feed.ts';
import type { ChartPlan } from './chart-feed.ts';
import { groupsOf, mostBucketsPerSeries } from './chart-loader.ts';
import type { ShownRange } from './drawn-line.ts';

/** Readings themselves are fetched for periods up to this long; figures by the bucket for longer ones. */
const LONGEST_RAW_MS = 60 * 60_000;
/** Readings take a request for each series. */
const MOST_RAW_SERIES = 12;
const BUCKET_WIDTH_PX = 2;
const BAR_WIDTH_PX = 22;
/** Resizing the window does not load anew at every step. */
const WIDTH_STEP_PX = 200;

/** What a chart asks for. */
export interface ChartWants {
  chart: ChartProps;
  /** What is shown: the period, or what was zoomed into. */
  period: ChartPeriod;
  widthPx: number;
}

/** The data of a chart for as long as the component lives; loaded anew after every gap of the connection. */
export function useChartFeed(wants: ComputedRef<ChartWants>) {
  const live = useLive();
  useLiveDevices(() => wants.value.chart.series.map(({ deviceId }) => deviceId));
  const feed = new ChartFeed(useSession().request);
  const kindOf = ({ deviceId, key }: ChartSeries): SeriesKind | undefined => {
    const value = live.values.get(deviceId)?.get(key)?.value;
    if (value === undefined) return undefined;
    return typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'boolean' : 'number';
  };
  const bucketSeconds = computed(() => bucketSecondsOf(wants.value));

  function plan(): ChartPlan {
    const { chart, period } = wants.value;
    const { aggregation = 'auto', kind = 'line', compareBeforeMs } = chart;
    return {
      series: chart.series.map((series) => ({ ...series, kind: kindOf(series) })),
      range: rangeOf(period, serverTimeNowMs()),
      isLive: 'lastMs' in period,
      bucketSeconds: bucketSeconds.value,
      countsTruth: aggregation !== 'auto' || kind === 'bar',
      compareBeforeMs,
    };
  }

  // The kinds are known when the newest values are; what is loaded without them would be loaded twice.
  const wanted = computed(() => {
    if (!live.loaded || wants.value.widthPx === 0) return undefined;
    const { chart, period } = wants.value;
    const series = chart.series.map((one) => [one.deviceId, one.key, kindOf(one) ?? '']);
    return JSON.stringify([
      series,
      period,
      bucketSeconds.value,
      chart.aggregation ?? 'auto',
      chart.kind === 'bar',
      chart.compareBeforeMs ?? 0,
    ]);
  });
  const reload = (): void => {
    if (wanted.value !== undefined) void feed.load(plan());
  };
  watch([wanted, () => live.refills], reload, { immediate: true });
  const stopListening = live.onReading((deviceId, key, value) => feed.add(deviceId, key, value));
  onScopeDispose(() => {
    stopListening();
    feed.stop();
  });
  return { feed, bucketSeconds, reload, isWaiting: computed(() => wanted.value === undefined) };
}

/** The extent of a period, epoch milliseconds. */
export function rangeOf(period: ChartPeriod, nowMs: number = serverNowMs.value): ShownRange {
  return 'lastMs' in period ? { startMs: nowMs - period.lastMs, endMs: nowMs } : period;
}

function bucketSecondsOf({ chart, period, widthPx }: ChartWants): number | undefined {
  const { startMs, endMs } = rangeOf(period, 0);
  const { kind = 'line', aggregation = 'auto', series } = chart;
  const isBar = kind === 'bar';
  if (!isBar && aggregation === 'auto' && endMs - startMs <= LONGEST_RAW_MS && series.length <= MOST_RAW_SERIES) return undefined;
  const width = Math.max(WIDTH_STEP_PX, Math.round(widthPx / WIDTH_STEP_PX) * WIDTH_STEP_PX);
  const perSeries = isBar ? BAR_WIDTH_PX + 10 * Math.max(0, series.length - 1) : BUCKET_WIDTH_PX;
  return bucketSecondsFor(endMs - startMs, Math.min(width / perSeries, mostBucketsPerSeries(groupsOf(series))));
}
