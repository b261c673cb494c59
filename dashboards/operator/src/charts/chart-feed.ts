import { ref, shallowRef } from 'vue';
import type { SeriesKind } from '../../../../src/contracts/telemetry.ts';
import { ApiError, textOf } from '../api/problem.ts';
import type { Requester } from '../api/resources.ts';
import type { LatestValue } from '../live/latest-values.ts';
import { serverTimeNowMs } from '../live/server-clock.ts';
import { EMPTY_SERIES, joined, reconcileFrom, trimmed, withHistory, withLivePoint } from './series-buffer.ts';
import type { SeriesBuffer } from './series-buffer.ts';
import { askedOf, bucketStart, withAnswer, withReadings } from './buckets.ts';
import type { Bucket, Reading } from './buckets.ts';
import type { ChartSeries } from './chart.ts';
import { groupsOf, readBuckets, readReadings, seriesId } from './chart-loader.ts';
import type { Range, SeriesGroup } from './chart-loader.ts';

/** What is to be loaded, and how. */
export interface ChartPlan {
  series: readonly (ChartSeries & { kind: SeriesKind | undefined })[];
  range: Range;
  /** True when the range ends now and moves on. */
  isLive: boolean;
  /** Length of the buckets; undefined for the readings themselves. Texts and truth values come as readings in any case. */
  bucketSeconds: number | undefined;
  /** True when truth values are figures too: their share, sum or number by the bucket. */
  countsTruth: boolean;
  compareBeforeMs: number | undefined;
}

/** One series as far as it was loaded. */
export interface LoadedLine {
  id: string;
  kind: SeriesKind;
  unit: string | null;
  /** How much later than they were the readings are drawn: 0, or what they are compared over. */
  shiftMs: number;
  /** One of the two is there. */
  readings: readonly Reading[] | undefined;
  buckets: readonly Bucket[] | undefined;
  bucketMs: number | undefined;
}

interface LineState {
  series: ChartSeries;
  kind: SeriesKind | undefined;
  unit: string | null;
  shiftMs: number;
  /** Undefined for buckets. */
  buffer: SeriesBuffer | undefined;
  buckets: Bucket[];
  /** Up to when the buckets have the readings (by the devices' time). */
  untilMs: number;
  /** Live readings after that. */
  tail: Reading[];
}

/** Readings may reach the database this much out of order and still be found. */
const LATENESS_MS = 30_000;
/** Readings of a device whose clock is a little fast lie ahead of now. */
const AHEAD_MS = 60_000;
/** Requests that are under way at a time. */
const AT_ONCE = 4;
const SHORTEST_REDRAW_MS = 150;
const REDRAW_MS_PER_LINE = 12;
/** How often the API is asked for what live updates left out, at the most. */
const SHORTEST_RECONCILE_MS = 15_000;
/** The API counts requests by the minute; a chart takes a small share of them. */
const RECONCILE_MS_PER_REQUEST = 3_000;

/** The data of a chart: history from the API, joined with the live readings without gap or double. */
export class ChartFeed {
  readonly lines = shallowRef<readonly LoadedLine[]>([]);
  readonly isLoading = ref(false);
  /** Why something could not be loaded; undefined when everything could. */
  readonly error = ref<string>();
  /** True when there are more readings than are read. */
  readonly isShortened = ref(false);
  private readonly request: Requester;
  private plan: ChartPlan | undefined;
  private states: LineState[] = [];
  private live = new Map<string, LineState>();
  /** What was asked for an earlier plan must not appear in this one. */
  private generation = 0;
  private redraw: ReturnType<typeof setTimeout> | undefined;
  private reconciling: ReturnType<typeof setTimeout> | undefined;

  constructor(request: Requester) {
    this.request = request;
  }

  /** Loads by a new plan. What is shown stays until the answer is there, unless other series are asked for. */
  async load(plan: ChartPlan): Promise<void> {
    this.stop();
    const mine = this.generation;
    this.plan = plan;
    const states = statesOf(plan);
    if (!isSameSelection(this.states, states)) this.lines.value = [];
    this.states = states;
    const followed = plan.isLive ? states.filter(({ shiftMs }) => shiftMs === 0) : [];
    this.live = new Map(followed.map((state) => [seriesId(state.series), state]));
    this.isLoading.value = true;
    this.isShortened.value = false;
    await this.fill(plan.range, mine);
    if (mine === this.generation) this.isLoading.value = false;
  }

  /** Adds a live reading if it is one of the chart. */
  add(deviceId: string, key: string, { timeUs, value }: LatestValue): void {
    const state = this.live.get(seriesId({ deviceId, key }));
    if (state === undefined) return;
    state.kind ??= kindOf(value);
    if (state.buffer !== undefined) state.buffer = withLivePoint(state.buffer, { timeUs, value });
    else if (timeUs >= state.untilMs * 1_000 && timeUs > (state.tail.at(-1)?.timeUs ?? 0)) state.tail.push({ timeUs, value });
    this.redraw ??= setTimeout(() => this.show(), Math.max(SHORTEST_REDRAW_MS, this.live.size * REDRAW_MS_PER_LINE));
  }

  stop(): void {
    this.generation += 1;
    clearTimeout(this.redraw);
    clearTimeout(this.reconciling);
    this.redraw = undefined;
  }

  private async fill(range: Range, mine: number): Promise<void> {
    const jobs = this.jobsFor(range, mine);
    const failures: string[] = [];
    const work = async (): Promise<void> => {
      for (let job = jobs.shift(); job !== undefined && mine === this.generation; job = jobs.shift()) {
        try {
          await job();
        } catch (failure) {
          failures.push(textOf(failure));
          // Whoever was refused for asking too often, or has no rights any more, does not go on asking.
          if (failure instanceof ApiError && [401, 403, 429].includes(failure.status)) jobs.length = 0;
        }
      }
    };
    const count = jobs.length;
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (mine !== this.generation) return;
    this.error.value = failures[0];
    this.show();
    this.planReconciling(count, mine);
  }

  private planReconciling(requests: number, mine: number): void {
    if (this.plan?.isLive !== true) return;
    const delayMs = Math.max(SHORTEST_RECONCILE_MS, requests * RECONCILE_MS_PER_REQUEST);
    this.reconciling = setTimeout(() => void this.reconcile(mine), delayMs);
  }

  private async reconcile(mine: number): Promise<void> {
    const { plan } = this;
    if (plan === undefined || mine !== this.generation) return;
    if (document.visibilityState !== 'visible') {
      this.planReconciling(0, mine);
      return;
    }
    const bucketMs = (plan.bucketSeconds ?? 0) * 1_000;
    const endMs = serverTimeNowMs();
    const newestMs = Math.min(
      ...this.states.filter(({ buffer, shiftMs }) => buffer === undefined && shiftMs === 0).map(({ untilMs }) => untilMs),
      endMs,
    );
    const fromMs = bucketMs === 0 ? endMs - LATENESS_MS : bucketStart(newestMs - LATENESS_MS, bucketMs);
    await this.fill({ startMs: Math.max(fromMs, this.windowStartMs()), endMs }, mine);
  }

  private jobsFor(range: Range, mine: number): (() => Promise<void>)[] {
    const readings = this.states.filter(({ buffer }) => buffer !== undefined);
    const shifts = new Set(this.states.map(({ shiftMs }) => shiftMs));
    const jobs = readings.map((state) => () => this.fillReadings(state, range, mine));
    for (const shiftMs of shifts) {
      const states = this.states.filter((state) => state.buffer === undefined && state.shiftMs === shiftMs);
      for (const group of groupsOf(states.map(({ series }) => series))) {
        jobs.push(() => this.fillBuckets(states, { group, shiftMs, range }, mine));
      }
    }
    return jobs;
  }

  private async fillReadings(state: LineState, range: Range, mine: number): Promise<void> {
    const aheadMs = this.plan?.isLive === true || state.shiftMs > 0 ? AHEAD_MS : 0;
    const known = state.buffer ?? EMPTY_SERIES;
    const windowUs = (this.windowStartMs() - state.shiftMs) * 1_000;
    // The first time the whole range, then from what is known on.
    const fromMs =
      known.stored.length === 0 ? range.startMs - state.shiftMs : Math.floor(reconcileFrom(known, windowUs, LATENESS_MS * 1_000) / 1_000);
    const endMs = range.endMs - state.shiftMs + aheadMs;
    const { readings, kind, unit, isComplete } = await readReadings(this.request, state.series, { startMs: fromMs, endMs });
    if (mine !== this.generation) return;
    state.kind = kind ?? state.kind;
    state.unit = unit ?? state.unit;
    state.buffer = withHistory(state.buffer ?? EMPTY_SERIES, Math.floor(fromMs) * 1_000, readings);
    this.isShortened.value ||= !isComplete;
  }

  private async fillBuckets(states: readonly LineState[], { group, shiftMs, range }: BucketJob, mine: number): Promise<void> {
    const bucketSeconds = this.plan?.bucketSeconds ?? 1;
    const asked = askedOf({ startMs: range.startMs, endMs: range.endMs + (shiftMs > 0 ? AHEAD_MS : 0) }, shiftMs, bucketSeconds * 1_000);
    const read = await this.readGroup(group, { range: asked, bucketSeconds });
    if (mine !== this.generation) return;
    for (const state of states) {
      if (!group.deviceIds.includes(state.series.deviceId) || !group.keys.includes(state.series.key)) continue;
      const { buckets, unit } = read.get(seriesId(state.series)) ?? { buckets: [], unit: null };
      state.buckets = withAnswer(state.buckets, bucketStart(asked.startMs, bucketSeconds * 1_000), buckets);
      state.unit = unit ?? state.unit;
      state.untilMs = asked.endMs;
      state.tail = state.tail.filter(({ timeUs }) => timeUs >= asked.endMs * 1_000);
    }
  }

  /** One device that is gone must not hide the others. */
  private async readGroup(group: SeriesGroup, of: { range: Range; bucketSeconds: number }): ReturnType<typeof readBuckets> {
    try {
      return await readBuckets(this.request, group, of);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      if (group.deviceIds.length === 1) return new Map();
      const parts = [];
      for (const deviceId of group.deviceIds) parts.push(await this.readGroup({ ...group, deviceIds: [deviceId] }, of));
      return new Map(parts.flatMap((part) => [...part]));
    }
  }

  private windowStartMs(): number {
    const { plan } = this;
    if (plan === undefined) return 0;
    return plan.isLive ? serverTimeNowMs() - (plan.range.endMs - plan.range.startMs) : plan.range.startMs;
  }

  private show(): void {
    this.redraw = undefined;
    const startMs = this.windowStartMs();
    const bucketMs = (this.plan?.bucketSeconds ?? 0) * 1_000;
    for (const state of this.states) {
      const fromMs = startMs - state.shiftMs;
      if (state.buffer !== undefined) state.buffer = trimmed(state.buffer, fromMs * 1_000);
      else state.buckets = state.buckets.filter((bucket) => bucket.startMs + bucketMs >= fromMs);
    }
    this.lines.value = this.states.map((state) => loadedLine(state, bucketMs));
  }
}

interface BucketJob {
  group: SeriesGroup;
  shiftMs: number;
  range: Range;
}

function statesOf(plan: ChartPlan): LineState[] {
  const shifts = plan.compareBeforeMs === undefined ? [0] : [0, plan.compareBeforeMs];
  return shifts.flatMap((shiftMs) =>
    plan.series.map(({ kind, ...series }) => {
      const asReadings = plan.bucketSeconds === undefined || kind === 'text' || (kind === 'boolean' && !plan.countsTruth);
      return {
        series,
        kind,
        unit: null,
        shiftMs,
        buffer: asReadings ? EMPTY_SERIES : undefined,
        buckets: [],
        untilMs: plan.range.endMs,
        tail: [],
      };
    }),
  );
}

function isSameSelection(left: readonly LineState[], right: readonly LineState[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ series, shiftMs }, place) => {
      const other = right[place];
      return other !== undefined && seriesId(series) === seriesId(other.series) && shiftMs === other.shiftMs;
    })
  );
}

function kindOf(value: unknown): SeriesKind {
  return typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'boolean' : 'number';
}

function loadedLine(state: LineState, bucketMs: number): LoadedLine {
  const { series, unit, shiftMs, buffer } = state;
  const line = { id: seriesId(series), kind: state.kind ?? 'number', unit, shiftMs };
  if (buffer !== undefined) return { ...line, readings: joined(buffer), buckets: undefined, bucketMs: undefined };
  return { ...line, readings: undefined, buckets: withReadings(state.buckets, state.tail, bucketMs), bucketMs };
}
