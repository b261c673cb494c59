/**
 * How far this machine's clock is from the server's, as a range: the truth lies between the two.
 * Every answer narrows it, because its `Date` header (whole seconds) was written between sending and receiving.
 */
export interface ClockOffset {
  /** The least the server can be ahead of this machine, in milliseconds (negative: behind). */
  minMs: number;
  /** The most the server can be ahead of this machine, in milliseconds. */
  maxMs: number;
}

/** One answer of the server: its `Date` header and when this machine sent the request and had the answer, all in epoch milliseconds. */
export interface ClockSample {
  dateHeaderMs: number;
  sentAtMs: number;
  receivedAtMs: number;
}

/** The `Date` header names a whole second; the real instant is up to this much later. */
const HEADER_RESOLUTION_MS = 1_000;

/** What one sample alone says about the offset. */
function offsetOf(sample: ClockSample): ClockOffset {
  return { minMs: sample.dateHeaderMs - sample.receivedAtMs, maxMs: sample.dateHeaderMs + HEADER_RESOLUTION_MS - sample.sentAtMs };
}

/**
 * What is known after one more answer. Ranges that contradict each other mean that a clock was set in between:
 * then only the newest counts.
 */
export function narrowOffset(known: ClockOffset | undefined, sample: ClockSample): ClockOffset {
  const newest = offsetOf(sample);
  if (known === undefined) return newest;
  const minMs = Math.max(known.minMs, newest.minMs);
  const maxMs = Math.min(known.maxMs, newest.maxMs);
  return minMs <= maxMs ? { minMs, maxMs } : newest;
}

/** The best single estimate in milliseconds: no offset when that is possible (two good clocks), else the middle of the range. */
export function estimateOffsetMs(known: ClockOffset | undefined): number {
  if (known === undefined) return 0;
  if (known.minMs <= 0 && known.maxMs >= 0) return 0;
  return Math.round((known.minMs + known.maxMs) / 2);
}
