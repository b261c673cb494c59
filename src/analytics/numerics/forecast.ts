import { fitHoltWinters, forecastStep } from './holt-winters.ts';
import { lineThrough, predict, sumsOf } from './line.ts';
import { studentQuantile } from './student-t.ts';

/** How a forecast is made: a straight line, or smoothing with trend and, where there is one, season. */
export const FORECAST_MODELS = ['linear', 'holt_winters'] as const;
export type ForecastModel = (typeof FORECAST_MODELS)[number];

/** One step ahead: what is expected, and between what it will be with the confidence that was asked for. */
export interface ExpectedStep {
  mean: number;
  low: number;
  high: number;
}

/** How far a model was off. */
export interface Errors {
  /** Root of the mean squared error, in the unit of the series. */
  rmse: number;
  /** Mean of the absolute errors, in the unit of the series. */
  mae: number;
}

/** How well the model did on readings it had not seen, beside the guess that nothing changes. */
export interface Backtested extends Errors {
  /** How many of the newest steps were kept from it. */
  steps: number;
  naive: Errors;
}

/** A model that was fitted to regular readings. */
export interface Fitted {
  model: ForecastModel;
  /** How far it was off where it was fitted: around the line, or one step ahead. */
  rmse: number;
  /** The share of the variance it explains there; null for a constant series. Below 0: worse than the mean. */
  rSquared: number | null;
  /** The step `ahead` (from 1). */
  at: (ahead: number, confidence: number) => ExpectedStep;
}

/** The fewest regular readings a model is fitted to. */
export const FEWEST_STEPS = { linear: 3, holt_winters: 10 } as const satisfies Record<ForecastModel, number>;
/** Degrees of freedom from which Student's t is the normal distribution. */
const NORMAL = 1e9;
const HELD_BACK = 1 / 4;

/** Fits a model. `season` is its length in steps, 1 for none; there are at least `FEWEST_STEPS`, and two seasons. */
export function fit(model: ForecastModel, values: Float64Array, season: number): Fitted {
  return model === 'linear' ? fitLine(values) : fitSmoothing(values, season);
}

/** Fits the model without the newest steps (as many as are asked for, a quarter at most) and compares; undefined when too few are left. */
export function backtest(
  model: ForecastModel,
  values: Float64Array,
  { season, horizon }: { season: number; horizon: number },
): Backtested | undefined {
  const steps = Math.min(horizon, Math.floor(values.length * HELD_BACK));
  const known = values.subarray(0, values.length - steps);
  if (steps < 1 || known.length < Math.max(FEWEST_STEPS[model], 2 * season)) return undefined;
  const fitted = fit(model, known, season);
  const came = values.subarray(values.length - steps);
  const newest = known.at(-1) ?? 0;
  return {
    steps,
    ...errorsOf([...came].map((value, place) => value - fitted.at(place + 1, 0.5).mean)),
    naive: errorsOf([...came].map((value) => value - newest)),
  };
}

/** When a limit is reached, in steps ahead: 0 where the series is at it now; null where it is not within the steps that were looked at. */
export interface LimitReached {
  /** With the bound of the interval that is nearer to the limit. */
  earliest: number | null;
  expected: number | null;
  /** With the bound that is farther from it. */
  latest: number | null;
}

/** When a model reaches a limit from the side where the series is now (`from`). */
export function reachesLimit(
  fitted: Fitted,
  options: { from: number; limit: number; confidence: number; mostSteps: number },
): LimitReached {
  const { from, limit, confidence, mostSteps } = options;
  if (from === limit) return { earliest: 0, expected: 0, latest: 0 };
  const isBelow = from < limit;
  const reached: LimitReached = { earliest: null, expected: null, latest: null };
  for (let ahead = 1; ahead <= mostSteps && reached.latest === null; ahead += 1) {
    const { mean, low, high } = fitted.at(ahead, confidence);
    const isThere = (value: number): boolean => (isBelow ? value >= limit : value <= limit);
    if (isThere(isBelow ? high : low)) reached.earliest ??= ahead;
    if (isThere(mean)) reached.expected ??= ahead;
    if (isThere(isBelow ? low : high)) reached.latest ??= ahead;
  }
  return reached;
}

function fitLine(values: Float64Array): Fitted {
  const line = lineThrough(sumsOf(Float64Array.from(values.keys()), values));
  if (line === undefined) throw new RangeError('A line needs two readings at least.');
  const { rSquared, syy, slope, sxy, n } = line;
  return {
    ...{ model: 'linear', rSquared, rmse: Math.sqrt(Math.max(0, syy - slope * sxy) / n) },
    at: expectedBy(n - 2, (ahead) => predict(line, n - 1 + ahead)),
  };
}

function fitSmoothing(values: Float64Array, season: number): Fitted {
  const fitted = fitHoltWinters(values, season);
  const { syy } = sumsOf(values, values);
  return {
    ...{
      model: 'holt_winters',
      rmse: Math.sqrt(fitted.squaredError / values.length),
      rSquared: syy === 0 ? null : 1 - fitted.squaredError / syy,
    },
    at: expectedBy(NORMAL, (ahead) => forecastStep(fitted, ahead)),
  };
}

/** Steps with their intervals; the quantile is the same for every step and takes longer than the step itself. */
function expectedBy(degrees: number, stepOf: (ahead: number) => { mean: number; deviation: number }): Fitted['at'] {
  const quantiles = new Map<number, number>();
  return (ahead, confidence) => {
    const quantile = quantiles.get(confidence) ?? studentQuantile((1 + confidence) / 2, degrees);
    quantiles.set(confidence, quantile);
    const { mean, deviation } = stepOf(ahead);
    return { mean, low: mean - quantile * deviation, high: mean + quantile * deviation };
  };
}

function errorsOf(errors: readonly number[]): Errors {
  const mean = (of: (error: number) => number): number => errors.reduce((sum, error) => sum + of(error), 0) / errors.length;
  return { rmse: Math.sqrt(mean((error) => error * error)), mae: mean(Math.abs) };
}
