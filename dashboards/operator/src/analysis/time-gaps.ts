import type { AnalysedTimeSeries } from '../../../../src/contracts/analytics.ts';
import { parseMillis } from '../live/timestamps.ts';

/** A stretch without readings. */
export interface Gap {
  startMs: number;
  endMs: number;
  seconds: number;
}

/** A gap is this many times as long as the distances around it. */
const FACTOR = 3;
const AROUND = [-3, -2, -1, 1, 2, 3];

/**
 * The gaps between readings. The API marks distances beyond three usual ones of the whole period; where the distances around are as long, the device
 * reported less often for a while, which is no gap.
 */
export function gapsOf(items: AnalysedTimeSeries['items']): Gap[] {
  const times = items.map(({ at }) => parseMillis(at));
  const distanceAt = (place: number): number => (times[place] ?? NaN) - (times[place - 1] ?? NaN);
  return items.flatMap(({ after_gap: isAfterGap }, place) => {
    const [startMs, endMs] = [times[place - 1], times[place]];
    if (!isAfterGap || startMs === undefined || endMs === undefined) return [];
    const around = AROUND.map((step) => distanceAt(place + step)).filter(Number.isFinite);
    around.sort((left, right) => left - right);
    const usualMs = around[Math.floor(around.length / 2)] ?? 0;
    return endMs - startMs > FACTOR * usualMs ? [{ startMs, endMs, seconds: (endMs - startMs) / 1_000 }] : [];
  });
}
