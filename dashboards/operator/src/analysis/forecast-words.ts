import type { SeriesForecast } from '../../../../src/contracts/analytics.ts';
import { parseMillis } from '../live/timestamps.ts';

/** When a limit is reached, as a sentence needs it: in how many seconds from the beginning of the forecast. */
export type LimitForecast =
  | { kind: 'now' }
  | { kind: 'between'; fromSeconds: number; toSeconds: number; expectedSeconds: number | null }
  | { kind: 'from'; fromSeconds: number; expectedSeconds: number | null }
  | { kind: 'never'; withinSeconds: number };

/** The API looks for a limit so many steps ahead. */
const STEPS_TO_LIMIT = 1_000;

/** When the limit of a forecast is reached, counted from `nowMs`; undefined without a limit. */
export function limitForecast({ limit, interval_seconds: interval }: SeriesForecast, nowMs: number): LimitForecast | undefined {
  if (limit === null || interval === null) return undefined;
  const [earliest, expected, latest] = [limit.earliest, limit.expected, limit.latest].map((at) =>
    at === null ? null : secondsFrom(at, nowMs),
  );
  const expectedSeconds = expected ?? null;
  if (latest === 0) return { kind: 'now' };
  if (typeof earliest === 'number' && typeof latest === 'number') {
    return { kind: 'between', fromSeconds: earliest, toSeconds: latest, expectedSeconds };
  }
  if (typeof earliest === 'number') return { kind: 'from', fromSeconds: earliest, expectedSeconds };
  return { kind: 'never', withinSeconds: interval * STEPS_TO_LIMIT };
}

/** What is reached in the past by now is reached now. */
function secondsFrom(at: string, nowMs: number): number {
  return Math.max(0, (parseMillis(at) - nowMs) / 1_000);
}
