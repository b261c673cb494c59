/** What a person asks of a forecast. */
export interface ForecastChoices {
  /** How many steps ahead, 1 to 100. */
  horizon: number;
  /** Of the band, percent, 50 to 99. */
  confidence: number;
  model: 'auto' | 'linear' | 'holt_winters';
  /** From one step to the next, as the API takes it, such as `15m`; empty: the usual distance of the readings. */
  step: string;
  /** When is this value reached? */
  limit: number | null;
}

/** What a person may choose from. */
export const CONFIDENCES: readonly number[] = [50, 80, 90, 95, 99];
/** How a forecast may be made. */
export const MODELS = ['auto', 'linear', 'holt_winters'] as const;
/** From one step to the next. */
export const STEPS: readonly string[] = ['10s', '1m', '5m', '15m', '1h', '6h', '1d'];
/** Over what readings are averaged: so many of them, or so long. */
export const AVERAGES: readonly string[] = ['5', '20', '60', '1m', '10m', '1h', '1d'];
/** How long the buckets are whose means are paired. */
export const BUCKETS: readonly string[] = ['10s', '1m', '5m', '15m', '1h'];

/** How many steps ahead unless somebody says. */
export const DEFAULT_HORIZON = 24;
/** The most steps ahead, as the API has it. */
export const MOST_HORIZON = 100;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The step that suits a period of this length: a hundred steps or two to learn from, so that a day is told by the quarter of an hour. */
export function stepFor(periodMs: number): string {
  if (periodMs <= 20 * MINUTE_MS) return '10s';
  if (periodMs <= 4 * HOUR_MS) return '1m';
  if (periodMs <= 12 * HOUR_MS) return '5m';
  if (periodMs <= 48 * HOUR_MS) return '15m';
  return periodMs <= 14 * 24 * HOUR_MS ? '1h' : '6h';
}
