import type { AnalysedTimeSeries } from '../../../../src/contracts/analytics.ts';
import { parseMillis } from '../live/timestamps.ts';
import type { AskedRange } from './use-analysis.ts';

/** The first page of analysed readings, or of the means of buckets of `intervalSeconds`, as the API answers it. */
export type ReadPage = (range: AskedRange, intervalSeconds?: number) => Promise<AnalysedTimeSeries>;

/** An average over a time may be of so many buckets. */
const MOST_IN_WINDOW = 1_000;
const MINUTE_SECONDS = 60;
/** Buckets of whole minutes are rolled up; for others every reading is read, which takes long where there are more. */
const MOST_READ = 200_000;
/** The API marks gaps from three times the usual distance on, which tells that distance. */
const GAP_FACTOR = 3;

/**
 * What is drawn of a period: its readings where they are `most` or fewer, otherwise the means of about as many buckets, so that it is drawn from its beginning
 * to its end. `windowSeconds`: of an average over a time.
 */
export async function loadTimeSeries(
  read: ReadPage,
  range: AskedRange,
  { most, windowSeconds = 0 }: { most: number; windowSeconds?: number | undefined },
): Promise<AnalysedTimeSeries> {
  const readings = await read(range);
  if (readings.next_cursor === null) return readings;
  const periodSeconds = (parseMillis(range.end) - parseMillis(range.start)) / 1_000;
  // Buckets do not begin with the period: there may be one more.
  const seconds = Math.max(Math.ceil(periodSeconds / (most - 1)), Math.ceil(windowSeconds / MOST_IN_WINDOW));
  const expected = (periodSeconds * GAP_FACTOR) / (readings.gap_seconds ?? 0);
  const isRead = seconds < MINUTE_SECONDS / 2 && expected <= MOST_READ;
  return read(range, isRead ? seconds : Math.ceil(seconds / MINUTE_SECONDS) * MINUTE_SECONDS);
}
