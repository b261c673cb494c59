/** A reading this far ahead of the server is no rounding: the device's clock is wrong, and the page says so. */
const AHEAD_TOLERANCE_MS = 5_000;

/** How old something is, in the coarsest unit that still tells: 0-59 s, 1-59 min, 1-47 h, then days. */
export interface Age {
  kind: 'seconds' | 'minutes' | 'hours' | 'days';
  count: number;
  /** True when the reading claims to be from the future; `count` is then how far ahead it is. */
  ahead: boolean;
}

/** The age of an instant seen from `nowMs`, both epoch milliseconds of the server's clock. */
export function ageOf(timestampMs: number, nowMs: number): Age {
  const ageMs = nowMs - timestampMs;
  if (ageMs < -AHEAD_TOLERANCE_MS) return { ...coarsest(-ageMs), ahead: true };
  return { ...coarsest(Math.max(0, ageMs)), ahead: false };
}

/** True when a value is too old to be taken for the present; `staleAfterMs` of `staleness.ts` says after how long. */
export function isStale(timestampMs: number, nowMs: number, staleAfterMs: number): boolean {
  return nowMs - timestampMs > staleAfterMs;
}

function coarsest(durationMs: number): { kind: Age['kind']; count: number } {
  const seconds = Math.floor(durationMs / 1_000);
  if (seconds < 60) return { kind: 'seconds', count: seconds };
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return { kind: 'minutes', count: minutes };
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return { kind: 'hours', count: hours };
  return { kind: 'days', count: Math.floor(hours / 24) };
}
