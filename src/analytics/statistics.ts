import type { SeriesStatistics } from '../contracts/analytics.ts';
import type { Queryable } from '../storage/database.ts';
import { statisticsOf } from '../storage/repositories/analytics.ts';
import type { StatisticsRow } from '../storage/repositories/analytics.ts';
import { Figures, NEARLY_ZERO_MEAN, NO_READINGS, ONE_READING, ZERO_MEAN } from './figures.ts';
import { computedOf, headOf, seriesPeriod } from './series-period.ts';
import type { SeriesQuestion } from './series-period.ts';

/** Percentiles that every answer has. */
const ALWAYS = [25, 50, 75, 95];

/** What is asked: percentiles between 0 and 100 beside 25, 50, 75 and 95. */
export interface StatisticsQuestion extends SeriesQuestion {
  percentiles?: readonly number[] | undefined;
}

/** Count, mean, spread, extremes and percentiles of one series. */
export async function statistics(tx: Queryable, question: StatisticsQuestion): Promise<SeriesStatistics> {
  const period = await seriesPeriod(tx, question);
  const percents = [...new Set([...(question.percentiles ?? []), ...ALWAYS])].sort((left, right) => left - right);
  const row = await statisticsOf(
    tx,
    computedOf(period),
    percents.map((percent) => percent / 100),
  );
  return { ...headOf(period), ...figuresOf(row, percents) };
}

function figuresOf(row: StatisticsRow, percents: readonly number[]) {
  const figures = new Figures();
  const one = row.n === 0 ? NO_READINGS : ONE_READING;
  const percentile = (percent: number): number | undefined => row.percentiles?.[percents.indexOf(percent)];
  const [lower, middle, upper] = ALWAYS.map(percentile);
  const mean = figures.take('mean', row.mean, NO_READINGS);
  const stddev = figures.take('stddev', row.stddev, one);
  return {
    count: row.n,
    mean,
    median: figures.take('median', middle, NO_READINGS),
    stddev,
    variance: figures.take('variance', row.stddev === null ? null : row.stddev * row.stddev, one),
    min: figures.take('min', row.min, NO_READINGS),
    max: figures.take('max', row.max, NO_READINGS),
    range: figures.take('range', row.min === null || row.max === null ? null : row.max - row.min, NO_READINGS),
    percentiles: Object.fromEntries(
      percents.map((percent) => [String(percent), figures.take(`percentiles.${String(percent)}`, percentile(percent), NO_READINGS)]),
    ),
    interquartile_range: figures.take(
      'interquartile_range',
      lower === undefined || upper === undefined ? null : upper - lower,
      NO_READINGS,
    ),
    coefficient_of_variation: variationOf(figures, mean, stddev),
    undefined_because: figures.undefinedBecause,
  };
}

function variationOf(figures: Figures, mean: number | null, stddev: number | null): number | null {
  const { mean: noMean, stddev: noDeviation } = figures.undefinedBecause;
  const figure = mean === null || stddev === null ? NaN : stddev / Math.abs(mean);
  const reason = noMean ?? noDeviation ?? (mean === 0 ? ZERO_MEAN : NEARLY_ZERO_MEAN);
  return figures.take('coefficient_of_variation', Number.isFinite(figure) ? figure : null, reason);
}
