import { lineThrough, sumsOf } from './line.ts';
import { lowestPlace } from './nelder-mead.ts';

/** How fast level, trend and season follow the readings, 0 to 1; `gamma` is 0 without a season. */
export interface Smoothing {
  alpha: number;
  beta: number;
  gamma: number;
}

/** Level and trend (per step), and what each step of a season differs by; `seasonal` is empty without one, else it begins with the next step. */
export interface HoltWintersState {
  level: number;
  trend: number;
  seasonal: readonly number[];
}

/** A fitted model: additive Holt-Winters, or Holt's linear trend without a season. */
export interface HoltWintersFit {
  smoothing: Smoothing;
  initial: HoltWintersState;
  last: HoltWintersState;
  /** What the model expected of each step before it saw it. */
  expected: Float64Array;
  /** Sum of the squared differences to what came. */
  squaredError: number;
  n: number;
}

const STARTS: readonly (readonly number[])[] = [
  [0.2, 0.05, 0.1],
  [0.6, 0.1, 0.3],
  [0.9, 0.02, 0.05],
];
/** What the state before the first step is taken from. */
const SEASONS_AT_START = 5;
const READINGS_AT_START = 10;
const LEAST = 1e-4;
const MOST = 1 - 1e-4;

/**
 * Fits the smoothing to regular readings by the least sum of squared one-step errors. `season` is its length in steps, 1 for none; at least
 * two seasons (or three readings) are needed.
 */
export function fitHoltWinters(values: Float64Array, season: number): HoltWintersFit {
  const initial = startOf(values, season);
  const hasSeason = season > 1;
  const smoothingAt = (at: readonly number[]): Smoothing => {
    const [alpha = 0.5, beta = 0.1, gamma = 0.1] = at.map(withinLimits);
    return { alpha, beta, gamma: hasSeason ? gamma : 0 };
  };
  const tried = STARTS.map((start) =>
    lowestPlace((at) => smooth(values, smoothingAt(at), initial).squaredError + outside(at), hasSeason ? start : start.slice(0, 2)),
  );
  const best = tried.reduce((lowest, one) => (one.value < lowest.value ? one : lowest));
  return smooth(values, smoothingAt(best.at), initial);
}

/** Runs the model over the readings with a given smoothing (Holt 1957, Winters 1960; as in Hyndman and Athanasopoulos, "Forecasting", 8.3). */
export function smooth(values: Float64Array, smoothing: Smoothing, initial: HoltWintersState): HoltWintersFit {
  const { alpha, beta, gamma } = smoothing;
  const seasonal = Float64Array.from(initial.seasonal);
  const season = seasonal.length;
  const expected = new Float64Array(values.length);
  let { level, trend } = initial;
  let squaredError = 0;
  for (let step = 0; step < values.length; step += 1) {
    const value = values[step] ?? 0;
    const phase = season === 0 ? 0 : step % season;
    const offset = seasonal[phase] ?? 0;
    const base = level + trend;
    const error = value - base - offset;
    expected[step] = base + offset;
    squaredError += error * error;
    level = base + alpha * error;
    trend += alpha * beta * error;
    if (season > 0) seasonal[phase] = offset + gamma * error;
  }
  const next = season === 0 ? 0 : values.length % season;
  const last = { level, trend, seasonal: [...seasonal.subarray(next), ...seasonal.subarray(0, next)] };
  return { smoothing, initial, last, expected, squaredError, n: values.length };
}

/** What the model expects of the step `ahead` (from 1), and the standard deviation of what will come around it. */
export function forecastStep(fit: HoltWintersFit, ahead: number): { mean: number; deviation: number } {
  const { level, trend, seasonal } = fit.last;
  const season = seasonal.length;
  const mean = level + ahead * trend + (season === 0 ? 0 : (seasonal[(ahead - 1) % season] ?? 0));
  return { mean, deviation: Math.sqrt(errorVariance(fit) * varianceFactor(fit.smoothing, season, ahead)) };
}

/** Variance of a forecast in those of one step (Hyndman, Koehler, Ord and Snyder 2008, table 6.1: ETS(A,A,N) and ETS(A,A,A)). */
function varianceFactor({ alpha, beta, gamma }: Smoothing, season: number, ahead: number): number {
  let factor = 1;
  for (let step = 1; step < ahead; step += 1) {
    const weight = alpha + alpha * beta * step + (season > 0 && step % season === 0 ? gamma : 0);
    factor += weight * weight;
  }
  return factor;
}

function errorVariance({ squaredError, n, last }: HoltWintersFit): number {
  const fitted = last.seasonal.length === 0 ? 2 : 3;
  return squaredError / Math.max(1, n - fitted);
}

/** The line through the first seasons (or readings), and how the steps of a season differ from it on average (as Hyndman and others 2008, 2.6.1). */
function startOf(values: Float64Array, season: number): HoltWintersState {
  const hasSeason = season > 1;
  const first = values.subarray(0, hasSeason ? season * Math.min(SEASONS_AT_START, Math.floor(values.length / season)) : READINGS_AT_START);
  const line = lineThrough(sumsOf(Float64Array.from(first.keys()), first));
  const { slope, intercept } = line ?? { slope: 0, intercept: first[0] ?? 0 };
  // The state is that before the first step.
  const start = { level: intercept - slope, trend: slope };
  if (!hasSeason) return { ...start, seasonal: [] };
  const seasonal = new Float64Array(season);
  for (const [step, value] of first.entries()) {
    seasonal[step % season] = (seasonal[step % season] ?? 0) + ((value - intercept - slope * step) * season) / first.length;
  }
  return { ...start, seasonal: [...seasonal] };
}

function withinLimits(one: number): number {
  return Math.min(MOST, Math.max(LEAST, one));
}

/** Makes places outside of the limits worse the farther out they are, so that the search comes back. */
function outside(at: readonly number[]): number {
  return at.reduce((sum, one) => sum + Math.abs(one - withinLimits(one)), 0) * Number.MAX_SAFE_INTEGER;
}
