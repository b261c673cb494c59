import type { Queryable } from '../storage/database.ts';
import type { Readings } from '../storage/repositories/analytics.ts';
import { bucketsOf } from '../storage/repositories/telemetry-ranges.ts';
import { MOST_BUCKETS } from './series-period.ts';
import type { SeriesPeriod } from './series-period.ts';

/** Which means of buckets: of buckets of `stepSeconds`, the newest `most` that have readings. */
interface Wanted {
  stepSeconds: number;
  most: number;
}

/**
 * The means of the newest buckets of a period that have readings, each at its beginning. They are looked for back from the newest reading: at first as if every
 * bucket had one, then, for series with long silences, among as many buckets as any analysis looks at.
 */
export async function bucketMeans(tx: Queryable, period: SeriesPeriod, { stepSeconds, most }: Wanted): Promise<Readings> {
  const near = await meansWithin(tx, period, { stepSeconds, most });
  if (near.isWhole || near.numbers.length >= most) return newest(near, most);
  return newest(await meansWithin(tx, period, { stepSeconds, most: MOST_BUCKETS }), most);
}

/** The means of the newest `most` buckets, counted back from the newest reading, with readings or without, and whether those are all of the period. */
export async function meansWithin(
  tx: Queryable,
  period: SeriesPeriod,
  { stepSeconds, most }: Wanted,
): Promise<Readings & { isWhole: boolean }> {
  const untilUs = period.newestUs === undefined ? BigInt(period.endUs) : BigInt(period.newestUs) + 1n;
  const reachUs = untilUs - BigInt(Math.round(stepSeconds * 1_000_000)) * BigInt(most);
  const isWhole = reachUs <= BigInt(period.startUs);
  const rows = await bucketsOf(tx, {
    ...{ tenantId: '', seriesIds: [period.series_id], startUs: isWhole ? period.startUs : reachUs.toString(), endUs: period.endUs },
    ...{ bucketSeconds: stepSeconds, zone: undefined, rolledUp: stepSeconds % 60 === 0, stddev: false },
  });
  return {
    isWhole,
    timesUs: Float64Array.from(rows, ({ startMs }) => startMs * 1_000),
    // The sum of equal readings, divided by their number, is not always their value.
    numbers: Float64Array.from(rows, ({ sum, n, min, max }) => (min === max && Number.isFinite(sum) ? min : sum / n)),
  };
}

function newest({ timesUs, numbers }: Readings, most: number): Readings {
  return { timesUs: timesUs.subarray(-most), numbers: numbers.subarray(-most) };
}
