import type { AnalysisSource, FORECAST_CHOICES, SeriesForecast } from '../contracts/analytics.ts';
import type { Queryable } from '../storage/database.ts';
import { newestOf } from '../storage/repositories/analytics.ts';
import type { Readings } from '../storage/repositories/analytics.ts';
import { meansWithin } from './bucket-means.ts';
import { Figures, NO_READINGS, TOO_LARGE, isSummable, tooFewSteps } from './figures.ts';
import { FEWEST_STEPS, backtest, fit, reachesLimit } from './numerics/forecast.ts';
import type { Backtested, Fitted, ForecastModel } from './numerics/forecast.ts';
import { newestSteps, ownInterval, regularSteps } from './numerics/regular-steps.ts';
import type { RegularSteps } from './numerics/regular-steps.ts';
import { seasonOf } from './numerics/season.ts';
import { badField, headOf, seriesPeriod } from './series-period.ts';
import type { SeriesPeriod, SeriesQuestion } from './series-period.ts';

/** What is asked of the future of one series. */
export interface ForecastQuestion extends SeriesQuestion {
  /** How many steps ahead. */
  horizon: number;
  /** Of the intervals, percent. */
  confidence: number;
  model: (typeof FORECAST_CHOICES)[number];
  /** From one step to the next; undefined: the usual distance of the readings. */
  intervalSeconds: number | undefined;
  /** How long a season lasts; undefined: as the readings show. */
  seasonSeconds: number | undefined;
  /** When is this value reached? */
  limit: number | undefined;
}

/** Models are fitted to so many steps, the newest: enough for 100 steps ahead, and a few milliseconds of work. */
const MOST_STEPS = 2_000;
/** A limit is looked for so many steps ahead. */
const STEPS_TO_LIMIT = 1_000;

interface Chosen {
  fitted: Fitted;
  tried: Backtested | undefined;
  season: number;
}

/** What is expected of one series, how sure that is, and how wrong the model was on readings it had not seen. */
export async function forecast(tx: Queryable, question: ForecastQuestion): Promise<SeriesForecast> {
  const { intervalSeconds } = question;
  // Only the newest buckets are read, however many the period has.
  const period = await seriesPeriod(tx, { ...question, source: undefined, intervalSeconds: undefined });
  const readings = await (intervalSeconds === undefined
    ? newestReadings(tx, period)
    : meansWithin(tx, period, { stepSeconds: intervalSeconds, most: MOST_STEPS }));
  const intervalUs = intervalSeconds === undefined ? ownInterval(readings.timesUs) : intervalSeconds * 1_000_000;
  const { timesUs, numbers } = newestSteps(readings, intervalUs ?? 0, MOST_STEPS);
  if (intervalUs === undefined || numbers.length < FEWEST_STEPS.linear || !numbers.every(isSummable))
    return unknown(period, question, numbers);
  const steps = regularSteps(timesUs, numbers, intervalUs, MOST_STEPS);
  const { length } = steps.values;
  if (question.model !== 'auto' && length < FEWEST_STEPS[question.model]) return unknown(period, question, numbers, length);
  return answerOf(period, question, { steps, chosen: choose(steps, question), n: numbers.length });
}

/** The model that was asked for, or the one that was less wrong on what it had not seen. */
function choose({ values, intervalUs }: RegularSteps, { model, seasonSeconds, horizon }: ForecastQuestion): Chosen {
  const season = seasonSeconds === undefined ? seasonOf(values) : seasonSteps(seasonSeconds, intervalUs, values.length);
  const wanted: ForecastModel[] = model === 'auto' ? ['holt_winters', 'linear'] : [model];
  const possible = wanted.filter((one) => values.length >= FEWEST_STEPS[one]);
  const tried = possible.map((one) => ({ one, result: backtest(one, values, { season: one === 'linear' ? 1 : season, horizon }) }));
  const best = tried.reduce<(typeof tried)[number] | undefined>(
    (least, one) => ((one.result?.rmse ?? Infinity) < (least?.result?.rmse ?? Infinity) ? one : least),
    undefined,
  );
  const { one, result } = best ?? { one: possible.at(-1) ?? 'linear', result: undefined };
  return { fitted: fit(one, values, season), tried: result, season: one === 'linear' ? 1 : season };
}

function answerOf(
  period: SeriesPeriod,
  question: ForecastQuestion,
  { steps, chosen, n }: { steps: RegularSteps; chosen: Chosen; n: number },
): SeriesForecast {
  const { fitted, tried, season } = chosen;
  const { horizon, confidence } = question;
  const figures = new Figures();
  const atOf = (ahead: number): string => new Date(Math.round((steps.lastUs + ahead * steps.intervalUs) / 1_000)).toISOString();
  const intervalSeconds = steps.intervalUs / 1_000_000;
  if (tried === undefined)
    figures.undefinedBecause['backtest'] = `There are ${String(steps.values.length)} steps; too few to keep some back.`;
  return {
    ...headOf(period),
    ...{ source: sourceOf(question), count: n },
    ...{ model: fitted.model, interval_seconds: intervalSeconds, season_seconds: season > 1 ? season * intervalSeconds : null },
    ...{ fitted_steps: steps.values.length, filled_steps: steps.filled, confidence },
    steps: Array.from({ length: horizon }, (_, place) => ({ at: atOf(place + 1), ...fitted.at(place + 1, confidence / 100) })),
    rmse: figures.take('rmse', fitted.rmse, NO_READINGS),
    r_squared: figures.take('r_squared', fitted.rSquared, 'All readings are equal: there is no variance to explain.'),
    backtest: tried === undefined ? null : { ...tried, better_than_naive: tried.rmse < tried.naive.rmse },
    limit: question.limit === undefined ? null : limitOf(question.limit, { fitted, question, from: steps.values.at(-1) ?? 0, atOf }),
    undefined_because: figures.undefinedBecause,
  };
}

function limitOf(
  limit: number,
  { fitted, question, from, atOf }: { fitted: Fitted; question: ForecastQuestion; from: number; atOf: (ahead: number) => string },
): SeriesForecast['limit'] {
  const reached = reachesLimit(fitted, { from, limit, confidence: question.confidence / 100, mostSteps: STEPS_TO_LIMIT });
  const at = (ahead: number | null): string | null => (ahead === null ? null : atOf(ahead));
  return { value: limit, earliest: at(reached.earliest), expected: at(reached.expected), latest: at(reached.latest) };
}

function sourceOf({ intervalSeconds }: ForecastQuestion): AnalysisSource {
  return intervalSeconds !== undefined && intervalSeconds % 60 === 0 ? 'minutes' : 'readings';
}

/** The honest answer where nothing can be said. */
function unknown(period: SeriesPeriod, question: ForecastQuestion, numbers: Float64Array, steps = numbers.length): SeriesForecast {
  const { model } = question;
  const needed =
    model === 'holt_winters'
      ? { who: 'Holt-Winters', takes: FEWEST_STEPS.holt_winters }
      : { who: 'a forecast', takes: FEWEST_STEPS.linear };
  const reason = numbers.every(isSummable) ? tooFewSteps(steps, needed) : TOO_LARGE;
  return {
    ...headOf(period),
    ...{
      source: sourceOf(question),
      count: numbers.length,
      model: null,
      interval_seconds: null,
      season_seconds: null,
      fitted_steps: 0,
      filled_steps: 0,
      confidence: question.confidence,
    },
    ...{ steps: [], rmse: null, r_squared: null, backtest: null, limit: null },
    undefined_because: { steps: reason, rmse: reason, r_squared: reason, backtest: reason },
  };
}

function newestReadings(tx: Queryable, { series_id: seriesId, startUs, endUs }: SeriesPeriod): Promise<Readings> {
  return newestOf(tx, { seriesId, startUs, endUs }, MOST_STEPS);
}

function seasonSteps(seasonSeconds: number, intervalUs: number, n: number): number {
  const steps = Math.round((seasonSeconds * 1_000_000) / intervalUs);
  if (steps >= 2 && 2 * steps <= n) return steps;
  const found = `A season of ${String(seasonSeconds)} s has ${String(steps)} steps of ${String(intervalUs / 1_000_000)} s, and there are ${String(n)} steps.`;
  throw badField(
    'season',
    `${found} It must have 2 at least and be seen twice: choose a longer period, another "interval", or leave "season" out.`,
  );
}
