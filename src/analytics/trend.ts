import { DEFAULT_TREND_THRESHOLD, SIGNIFICANT_P } from '../contracts/analytics.ts';
import type { SeriesTrend, TrendClass } from '../contracts/analytics.ts';
import type { Queryable } from '../storage/database.ts';
import { lineOf, newestOf } from '../storage/repositories/analytics.ts';
import type { LineRow } from '../storage/repositories/analytics.ts';
import { Figures, NO_READINGS, ONE_INSTANT, ONE_READING } from './figures.ts';
import { bucketMeans } from './bucket-means.ts';
import { correlationP } from './numerics/association.ts';
import { effectiveCount, firstAutocorrelation } from './numerics/autocorrelation.ts';
import { lineThrough } from './numerics/line.ts';
import type { Line } from './numerics/line.ts';
import { computedOf, headOf, seriesPeriod } from './series-period.ts';
import type { SeriesPeriod, SeriesQuestion } from './series-period.ts';

/** The autocorrelation is taken of so many, the newest. */
const MOST_STEPS = 2_000;
const MINUTE_SECONDS = 60;
const MINUTE_US = 60_000_000;
/** A line that leaves less of the variance than this is perfect but for rounding. */
const SMALLEST_REST = 1e-12;
const NOTHING_LEFT = 'The line leaves nothing that could depend on itself.';
const ALIKE = 'Readings follow each other so closely that they count as fewer than three independent ones; choose a longer period.';

/** What is asked: the slope per minute from which a trend is more than stable. */
export interface TrendQuestion extends SeriesQuestion {
  threshold?: number | undefined;
}

/** Where one series is going: its slope, what that is worth, and a word for it. */
export async function trend(tx: Queryable, question: TrendQuestion): Promise<SeriesTrend> {
  const period = await seriesPeriod(tx, question);
  const row = await lineOf(tx, computedOf(period));
  const line = row === undefined ? undefined : lineThrough(row);
  const steps = row === undefined || line === undefined ? undefined : await newestSteps(tx, period, row);
  const threshold = question.threshold ?? DEFAULT_TREND_THRESHOLD;
  const minutes = Number(BigInt(period.endUs) - BigInt(period.startUs)) / MINUTE_US;
  return { ...headOf(period), threshold_per_minute: threshold, ...figuresOf({ row, line, steps, minutes }, threshold) };
}

/** The newest of what the line goes through, x in minutes since the beginning, and how many there are in all. */
interface NewestSteps {
  minutes: Float64Array;
  values: Float64Array;
  total: number;
}

async function newestSteps(tx: Queryable, period: SeriesPeriod, row: LineRow): Promise<NewestSteps> {
  const { series_id: seriesId, startUs, endUs, source, intervalSeconds } = period;
  const stepSeconds = intervalSeconds ?? (source === 'minutes' ? MINUTE_SECONDS : undefined);
  const newest =
    stepSeconds === undefined
      ? await newestOf(tx, { seriesId, startUs, endUs }, MOST_STEPS)
      : await bucketMeans(tx, period, { stepSeconds, most: MOST_STEPS });
  const { timesUs, numbers: values } = newest;
  // Of minutes that are not rolled up yet the readings are counted.
  const mostSteps =
    stepSeconds === undefined ? Infinity : Math.ceil(Number(BigInt(endUs) - BigInt(startUs)) / (stepSeconds * 1_000_000)) + 1;
  const total = Math.min(row.steps, mostSteps);
  const beginningUs = Number(startUs) - ((stepSeconds ?? 0) * 1_000_000) / 2;
  return { minutes: timesUs.map((us) => (us - beginningUs) / MINUTE_US), values, total };
}

/** Increasing or decreasing when the slope reaches the threshold and is more than chance. */
export function classOf({ slope, pValue }: { slope: number; pValue: number | null }, threshold: number): TrendClass {
  if (pValue === null || pValue >= SIGNIFICANT_P || Math.abs(slope) < threshold) return 'stable';
  return slope > 0 ? 'increasing' : 'decreasing';
}

interface Found {
  /** x counts minutes since the period began, so that the line begins at its intercept. */
  row: LineRow | undefined;
  line: Line | undefined;
  steps: NewestSteps | undefined;
  /** How long the period is. */
  minutes: number;
}

function figuresOf({ row, line, steps, minutes }: Found, threshold: number) {
  const figures = new Figures();
  const n = row?.n ?? 0;
  const noLine = n === 0 ? NO_READINGS : n === 1 ? ONE_READING : ONE_INSTANT;
  const slope = figures.take('slope_per_minute', line?.slope, noLine);
  const noVariance = line === undefined ? noLine : 'All readings are equal: there is no variance to explain.';
  if (slope === null) figures.undefinedBecause['trend'] = figures.undefinedBecause['slope_per_minute'] ?? noLine;
  const tooFew = line === undefined ? noLine : 'Two readings always lie on a line; it takes three.';
  const rSquared = figures.take('r_squared', line?.rSquared, noVariance);
  const pValue = figures.take('p_value', line?.pValue, tooFew);
  const independence = independenceOf({ line, steps, rSquared });
  const adjusted = figures.take(
    'adjusted_p_value',
    independence.pValue ?? (line?.rSquared === null ? pValue : null),
    pValue === null ? tooFew : ALIKE,
  );
  return {
    count: n,
    trend: line === undefined || slope === null ? null : classOf({ slope, pValue: adjusted }, threshold),
    slope_per_minute: slope,
    r_squared: rSquared,
    p_value: pValue,
    autocorrelation: figures.take('autocorrelation', independence.autocorrelation, line === undefined ? noLine : NOTHING_LEFT),
    effective_count: figures.take('effective_count', independence.count, line === undefined ? noLine : NOTHING_LEFT),
    adjusted_p_value: adjusted,
    value_at_start: figures.take('value_at_start', line?.intercept, noLine),
    value_at_end: figures.take('value_at_end', line === undefined ? null : line.intercept + line.slope * minutes, noLine),
    mean: figures.take('mean', row?.meanY, NO_READINGS),
    stddev: figures.take('stddev', row === undefined || n < 2 ? null : Math.sqrt(row.syy / (n - 1)), n === 0 ? NO_READINGS : ONE_READING),
    min: figures.take('min', row?.min, NO_READINGS),
    max: figures.take('max', row?.max, NO_READINGS),
    undefined_because: figures.undefinedBecause,
  };
}

/** As how many independent readings those of a line count, and how likely its slope is by chance then. */
function independenceOf({ line, steps, rSquared }: { line: Line | undefined; steps: NewestSteps | undefined; rSquared: number | null }) {
  if (line === undefined || steps === undefined || rSquared === null) return {};
  const left = steps.values.map((value, place) => value - line.meanY - line.slope * ((steps.minutes[place] ?? 0) - line.meanX));
  // What rounding leaves of a perfect line says nothing.
  const autocorrelation = 1 - rSquared < SMALLEST_REST ? 0 : firstAutocorrelation(left);
  if (autocorrelation === null) return {};
  const count = effectiveCount(steps.total, autocorrelation);
  return { autocorrelation, count, pValue: correlationP(Math.sqrt(rSquared), count) };
}
