import { STALE_AFTER_MS } from '../../live/age.ts';

/** A value is stale after so many of its usual distances. */
const DISTANCES = 5;
/** Whatever a device's pace: a value that is this fresh is the present. */
const NEVER_STALE_MS = 10_000;
/** A device that reports once a day has no present of minutes. */
const LONGEST_MS = 3 * 24 * 60 * 60_000;
/** How many arrivals tell the usual distance. */
const REMEMBERED = 9;

/** After how long a value is too old to be taken for the present: by its usual distance, else by how long the device may be silent, else a minute. */
export function staleAfterMs(usualDistanceMs: number | undefined, offlineSeconds: number | null): number {
  if (usualDistanceMs !== undefined) return Math.min(LONGEST_MS, Math.max(NEVER_STALE_MS, usualDistanceMs * DISTANCES));
  return offlineSeconds === null ? STALE_AFTER_MS : offlineSeconds * 1_000;
}

/** Learns how far apart the readings of each quantity usually are. */
export class Paces {
  private readonly times = new Map<string, number[]>();

  /** Notes the time of a reading, epoch milliseconds; late and repeated ones say nothing. */
  note(key: string, timeMs: number): void {
    const known = this.times.get(key) ?? [];
    if (timeMs <= (known.at(-1) ?? -Infinity)) return;
    this.times.set(key, [...known, timeMs].slice(-REMEMBERED));
  }

  /** The median distance of the last readings, or undefined before there are three. */
  usualMs(key: string): number | undefined {
    const times = this.times.get(key) ?? [];
    if (times.length < 3) return undefined;
    const distances = times.slice(1).map((timeMs, place) => timeMs - (times[place] ?? timeMs));
    distances.sort((left, right) => left - right);
    return distances[Math.floor(distances.length / 2)];
  }

  clear(): void {
    this.times.clear();
  }
}
