import type { Device, SeriesItem } from '../../../../src/contracts/devices.ts';

/** A value is stale after so many of its usual distances. */
const DISTANCES = 3;
/** Whatever the pace of a quantity: a value that is this fresh is the present. */
const NEVER_STALE_MS = 60_000;
/** What comes once a month has no present that lasts for a quarter of a year. */
const LONGEST_MS = 3 * 24 * 60 * 60_000;

/**
 * After how many milliseconds a value is too old to be taken for the present, wherever it is shown: three times the usual distance of its
 * readings; where that is not known, as long as the device may be silent; a minute at least, and three days at most. `said`: what the place
 * where it is shown was told to take instead, in milliseconds.
 */
export function staleAfterMs(
  look: Pick<SeriesItem, 'usual_seconds'> | undefined,
  device: Pick<Device, 'offline_seconds'> | undefined,
  said: number | null = null,
): number {
  if (said !== null) return said;
  const usual = look?.usual_seconds ?? null;
  const seconds = usual === null ? (device?.offline_seconds ?? 0) : usual * DISTANCES;
  return Math.min(LONGEST_MS, Math.max(NEVER_STALE_MS, seconds * 1_000));
}
