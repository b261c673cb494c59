/**
 * Epoch microseconds of an ISO 8601 instant, or undefined when the text is none. `Date.parse` alone would lose the
 * last three of the six digits that tell two readings of one millisecond apart.
 */
export function parseMicros(iso: string): number | undefined {
  const millis = Date.parse(iso);
  if (Number.isNaN(millis)) return undefined;
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? '';
  return millis * 1_000 + Number(fraction.slice(3, 6).padEnd(3, '0'));
}

/** Epoch milliseconds of an ISO 8601 instant; 0 for a text that is none, which shows as very old rather than as fresh. */
export function parseMillis(iso: string): number {
  const millis = Date.parse(iso);
  return Number.isNaN(millis) ? 0 : millis;
}

/** ISO 8601 UTC of epoch milliseconds. */
export function toIso(millis: number): string {
  return new Date(millis).toISOString();
}

const MINUTE_MS = 60_000;

/** A period that has whole minutes and nothing less than it had: pages that are opened a moment apart ask the same, which the server answers once. */
export function wholeMinutes({ startMs, endMs }: { startMs: number; endMs: number }): { startMs: number; endMs: number } {
  return { startMs: Math.floor(startMs / MINUTE_MS) * MINUTE_MS, endMs: Math.ceil(endMs / MINUTE_MS) * MINUTE_MS };
}
