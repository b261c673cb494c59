import { ref, shallowRef, watch } from 'vue';
import { textOf } from '../api/problem.ts';
import { bucketSecondsFor, pointsOfBuckets, pointsOfReadings } from '../charts/buckets.ts';
import type { ChartPoint } from '../charts/buckets.ts';
import { readBuckets, readReadings, seriesId } from '../charts/chart-loader.ts';
import type { ShownRange } from '../charts/drawn-line.ts';
import { useSession } from '../session/session-store.ts';

/** Whose course is to be drawn, and from when to when. */
export interface WantedCourse {
  series: readonly { deviceId: string; key: string }[];
  range: ShownRange;
}

/** Readings themselves are drawn for periods up to this long, means by the bucket for longer ones. */
const LONGEST_RAW_MS = 60 * 60_000;
const MOST_BUCKETS = 700;

/** The stored courses of some quantities, in their order, to be drawn beside what an analysis found. */
export function useCourse(wanted: () => WantedCourse | undefined) {
  const session = useSession();
  const courses = shallowRef<readonly (readonly ChartPoint[])[]>([]);
  const error = ref<string>();
  let generation = 0;

  async function load(): Promise<void> {
    const mine = (generation += 1);
    const asked = wanted();
    if (asked === undefined) {
      courses.value = [];
      return;
    }
    try {
      const loaded = await Promise.all(asked.series.map((one) => courseOf(one, asked.range)));
      if (mine !== generation) return;
      courses.value = loaded;
      error.value = undefined;
    } catch (problem) {
      if (mine === generation) error.value = textOf(problem);
    }
  }

  async function courseOf(series: { deviceId: string; key: string }, range: ShownRange): Promise<ChartPoint[]> {
    const periodMs = range.endMs - range.startMs;
    if (periodMs <= LONGEST_RAW_MS) return pointsOfReadings((await readReadings(session.request, series, range)).readings);
    const bucketSeconds = bucketSecondsFor(periodMs, MOST_BUCKETS);
    const read = await readBuckets(session.request, { deviceIds: [series.deviceId], keys: [series.key] }, { range, bucketSeconds });
    const { buckets = [] } = read.get(seriesId(series)) ?? {};
    return pointsOfBuckets(buckets, { bucketMs: bucketSeconds * 1_000, aggregation: 'avg', nowMs: range.endMs });
  }

  watch(() => JSON.stringify(wanted()), load, { immediate: true });
  return { courses, error };
}
