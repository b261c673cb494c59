import { readFileSync } from 'node:fs';
import path from 'node:path';
import assert from 'node:assert/strict';

interface Statistics {
  count: number;
  mean: number;
  median: number;
  stddev: number;
  variance: number;
  min: number;
  max: number;
  /** 5, 25, 50, 75, 95. */
  percentiles: number[];
  coefficient_of_variation: number;
}

interface TrendFigures {
  slope_per_minute: number;
  r_squared: number;
  p_value: number;
  autocorrelation: number;
  effective_count: number;
  adjusted_p_value: number;
}

/** One run of Holt-Winters with given smoothing and start. */
export interface SmoothingFigures {
  season: number;
  smoothing: { alpha: number; beta: number; gamma: number };
  initial: { level: number; trend: number; seasonal: number[] };
  squared_error: number;
  /** What statsmodels finds when it may choose the smoothing. */
  least_squared_error: number;
  mean: number[];
  variance_factor: number[];
}

/** What figures.py computed with numpy, scipy and statsmodels; see there. */
export interface ReferenceFigures {
  co2: { times_ms: number[]; values: number[] };
  sea: number[];
  /** t, degrees of freedom, two-sided p-value. */
  t: [number, number, number][];
  statistics: { co2: Statistics; sea: Statistics };
  trend: { co2: TrendFigures; sea: TrendFigures };
  correlation: { lag: number; n: number; r: number; p_value: number; covariance: number };
  line: { confidence: number; mean: number[]; low: number[]; high: number[]; rmse: number; r_squared: number };
  smoothing: SmoothingFigures[];
}

/** The figures of an independent implementation, from the file beside this one. */
export const REFERENCE = JSON.parse(readFileSync(path.join(import.meta.dirname, 'figures.json'), 'utf8')) as ReferenceFigures;

/** Fails unless a figure agrees with that of the independent implementation. `relative` is 1e-9 unless given. */
export function assertAgrees(found: number | null | undefined, expected: number, what: string, relative = 1e-9): void {
  assert.ok(typeof found === 'number', `${what} is ${String(found)}; it should be ${String(expected)}`);
  const off = expected === 0 ? Math.abs(found) : Math.abs(found - expected) / Math.abs(expected);
  assert.ok(off <= relative, `${what} is ${String(found)}; it should be ${String(expected)} (off by ${String(off)} of it)`);
}
