import { z } from 'zod';
import { DURATION_PATTERN, DURATION_WORDS, durationSeconds } from './analysis-terms.ts';
import { ANALYSIS_SOURCES, DEFAULT_TREND_THRESHOLD, FORECAST_CHOICES, MOST_HORIZON } from './analytics.ts';
import { instantQuery, namesQuery } from './query-fields.ts';

/*
 * What may be asked of each analysis, as the query of a request has it: texts. Nodes ask with the same schemas.
 */

const DAY_US = 86_400_000_000n;
/** Six quantities make fifteen pairs. */
const MOST_CORRELATED = 6;

/** Takes every number as programs write it: plain up to 1e21, that is 22 digits, and from 1e-6 on, that is 23 after the point. */
const NUMBER = /^-?\d{1,25}(\.\d{1,30})?(e[+-]?\d{1,3})?$/i;

/** A decimal number in a query, within limits that its refusal names. A blank is no number. */
function numberQuery(words: string, { least = -Infinity, most = Infinity }: { least?: number; most?: number } = {}) {
  return z
    .string()
    .regex(NUMBER, words)
    .transform(Number)
    .refine((value) => Number.isFinite(value) && value >= least && value <= most, words);
}

/** A whole number in a query. */
function wholeQuery(words: string, limits: { least: number; most: number }) {
  return numberQuery(words, limits).refine(Number.isInteger, words);
}

/** How long: seconds, or a number with its unit. Answers seconds. */
export const durationQuery = z
  .string()
  .regex(DURATION_PATTERN, DURATION_WORDS)
  .transform((text) => durationSeconds(text) ?? NaN)
  .refine(Number.isFinite, DURATION_WORDS);

const periodQuery = z.strictObject({
  start: instantQuery.optional().meta({ description: 'From this instant on; ISO 8601 with zone. Left out: 24 hours before the end' }),
  end: instantQuery.optional().meta({ description: 'Before this instant; left out: now' }),
});

const sourceQuery = z
  .enum(ANALYSIS_SOURCES)
  .optional()
  .meta({ description: 'Unless given: `readings`, or `minutes` (the roll-up) when the period has more than about 200,000' });

const intervalQuery = durationQuery
  .optional()
  .meta({ description: 'Figures of the means of buckets of this length, such as "15m", instead of those of readings' });

const percentilesQuery = namesQuery
  .refine(
    (names) => names.length <= 20 && names.every(isPercent),
    'Send numbers between 0 and 100 with commas between, such as 5,50,99.9; at most 20.',
  )
  .transform((names) => names.map(Number))
  .optional()
  .meta({ description: 'Beside 25, 50, 75 and 95, which are always there' });

/** Which figures of a series. */
export const statisticsQuery = periodQuery.extend({ interval: intervalQuery, percentiles: percentilesQuery, source: sourceQuery });

/** Where a series is going. */
export const trendQuery = periodQuery.extend({
  interval: intervalQuery,
  threshold: numberQuery('Send a slope per minute from 0 on, such as 0.01.', { least: 0 })
    .optional()
    .meta({ description: `Slope per minute from which a trend is more than stable; ${String(DEFAULT_TREND_THRESHOLD)} unless given` }),
  source: sourceQuery,
});

/** Readings with what changed between them. */
export const timeSeriesQuery = periodQuery.extend({
  interval: durationQuery.optional().meta({ description: 'Items are the means of buckets of this length instead of readings' }),
  points: wholeQuery('Send a whole number from 1 to 1000.', { least: 1, most: 1_000 })
    .optional()
    .meta({ description: 'The moving average is over so many readings; 5 unless given' }),
  window: durationQuery.optional().meta({ description: 'Instead of `points`: over the readings of so long before, such as "10m"' }),
  min_value: numberQuery('Send a number such as -20.')
    .optional()
    .meta({ description: 'Smaller values are left out, before anything is computed' }),
  max_value: numberQuery('Send a number such as 150.')
    .optional()
    .meta({ description: 'Larger values are left out, before anything is computed' }),
  limit: wholeQuery('Send a whole number from 1 to 5000.', { least: 1, most: 5_000 }).optional().meta({ description: '500 unless given' }),
  cursor: z.string().max(200).optional().meta({ description: '`next_cursor` of the page before' }),
});

/** What is expected of a series. */
export const forecastQuery = periodQuery.extend({
  horizon: wholeQuery(`Send a whole number from 1 to ${String(MOST_HORIZON)}.`, { least: 1, most: MOST_HORIZON })
    .optional()
    .meta({ description: 'How many steps ahead; 10 unless given' }),
  confidence: numberQuery('Send a percentage from 50 to 99.', { least: 50, most: 99 })
    .optional()
    .meta({ description: 'Of the intervals, percent; 95 unless given' }),
  model: z
    .enum(FORECAST_CHOICES)
    .optional()
    .meta({ description: '`auto` (unless given) takes the one with the smaller back-tested error' }),
  interval: durationQuery
    .optional()
    .meta({ description: 'From one step to the next, such as "15m"; unless given the usual distance of the readings' }),
  season: durationQuery.optional().meta({ description: 'How long a season lasts, such as "1d"; unless given as the readings show' }),
  limit: numberQuery('Send a number such as 80.').optional().meta({ description: 'When will the series reach this value?' }),
});

const keysQuery = namesQuery
  .refine((names) => names.length <= MOST_CORRELATED, `Name at most ${String(MOST_CORRELATED)} quantities.`)
  .meta({ description: 'Quantities of the device, with commas between' });

/** How quantities go together. */
export const correlationQuery = periodQuery.extend({
  keys: keysQuery,
  other_device_id: z.string().min(1).max(200).optional().meta({ description: 'A second device' }),
  other_keys: keysQuery.optional().meta({ description: 'Quantities of the second device; those of `keys` unless given' }),
  interval: durationQuery.optional().meta({ description: 'Means of buckets of this length are paired; "1m" unless given' }),
  tolerance: durationQuery.optional().meta({ description: 'Instead: each reading with the nearest of the other, at most so far apart' }),
  max_lag: durationQuery.optional().meta({ description: 'Looks also how they go together when one follows the other by up to so long' }),
});

/** Two parameters of which only one may be given, or undefined. */
export interface Contradiction {
  field: string;
  message: string;
}

/** The period of a question, whole epoch microseconds as text: 24 hours before `nowMs` unless given. */
export function periodOf(
  { start, end }: z.output<typeof periodQuery>,
  { nowMs, lengthUs = DAY_US }: { nowMs: number; lengthUs?: bigint },
): { startUs: string; endUs: string } {
  const endUs = end ?? (BigInt(nowMs) * 1_000n).toString();
  return { startUs: start ?? (BigInt(endUs) - lengthUs).toString(), endUs };
}

/** What statistics are asked for, without series and period. */
export function statisticsOptions({ interval, percentiles, source }: z.output<typeof statisticsQuery>) {
  return { intervalSeconds: interval, percentiles, source };
}

/** What a trend is asked for, without series and period. */
export function trendOptions({ interval, threshold, source }: z.output<typeof trendQuery>) {
  return { intervalSeconds: interval, threshold, source };
}

/** What a time series is asked for, without series, period and cursor. */
export function timeSeriesOptions(asked: z.output<typeof timeSeriesQuery>) {
  const { interval, points = 5, window, min_value: lowest, max_value: highest, limit = 500 } = asked;
  return { intervalSeconds: interval, points, windowSeconds: window, lowest, highest, limit };
}

/** What is wrong with a question about a time series as a whole. */
export function timeSeriesContradiction(asked: z.output<typeof timeSeriesQuery>): Contradiction | undefined {
  const { points, window, min_value: lowest, max_value: highest } = asked;
  if (points !== undefined && window !== undefined) return { field: 'window', message: 'Send "points" or "window", not both.' };
  if (lowest === undefined || highest === undefined || lowest <= highest) return undefined;
  return {
    field: 'max_value',
    message: `"max_value" ${String(highest)} is below "min_value" ${String(lowest)}; no reading is between them.`,
  };
}

/** What a forecast is asked for, without series and period. */
export function forecastOptions(asked: z.output<typeof forecastQuery>) {
  const { horizon = 10, confidence = 95, model = 'auto', interval, season, limit } = asked;
  return { horizon, confidence, model, intervalSeconds: interval, seasonSeconds: season, limit };
}

/** Which quantities are to be compared and how, without the period. */
export function correlationOptions(deviceId: string, asked: z.output<typeof correlationQuery>) {
  const { other_device_id: otherId, other_keys: otherKeys, keys, interval, tolerance, max_lag: mostLagSeconds } = asked;
  const own = [...new Set(keys)].map((key) => ({ deviceId, key }));
  const others = otherId === undefined ? [] : [...new Set(otherKeys ?? keys)].map((key) => ({ deviceId: otherId, key }));
  return { series: own.concat(others), bucketSeconds: interval, toleranceSeconds: tolerance, mostLagSeconds };
}

/** What is wrong with a question about a correlation as a whole. */
export function correlationContradiction(deviceId: string, asked: z.output<typeof correlationQuery>): Contradiction | undefined {
  const { other_device_id: otherId, other_keys: otherKeys, keys, interval, tolerance } = asked;
  if (interval !== undefined && tolerance !== undefined)
    return { field: 'tolerance', message: 'Send "interval" or "tolerance", not both.' };
  if (otherId === deviceId) {
    return { field: 'other_device_id', message: `"${deviceId}" is the first device already; name all of its quantities in "keys".` };
  }
  if (otherId === undefined && otherKeys !== undefined) {
    return { field: 'other_keys', message: '"other_keys" are those of a second device; name it in "other_device_id".' };
  }
  if (otherId !== undefined || new Set(keys).size >= 2) return undefined;
  return { field: 'keys', message: 'Name two quantities at least, or a second device with "other_device_id".' };
}

function isPercent(name: string): boolean {
  return /^\d{1,3}(\.\d{1,6})?$/.test(name) && Number(name) <= 100;
}
