import { SIGNIFICANT_P } from '../contracts/analytics.ts';
import type { Correlation } from '../contracts/analytics.ts';
import type { Queryable } from '../storage/database.ts';
import { bucketPairsOf, newestOf } from '../storage/repositories/analytics.ts';
import type { PairRow } from '../storage/repositories/analytics.ts';
import { Figures, isSummable } from './figures.ts';
import { FEWEST_PAIRS, correlationP, neededPairs, strengthOf } from './numerics/association.ts';
import { sumsOf } from './numerics/line.ts';
import { nearestPairs, within } from './numerics/nearest.ts';
import type { TimedColumn } from './numerics/nearest.ts';
import { badField, isoOf, seriesPeriod } from './series-period.ts';
import type { SeriesPeriod } from './series-period.ts';

/** One of the quantities that are compared. */
export interface CorrelatedSeries {
  deviceId: string;
  key: string;
}

/** What is asked: which quantities, each with each, and how their readings are paired. */
export interface CorrelationQuestion {
  tenantId: string;
  series: readonly CorrelatedSeries[];
  startUs: string;
  endUs: string;
  /** Means of buckets of so many seconds; undefined: as `toleranceSeconds` says, or of a minute. */
  bucketSeconds: number | undefined;
  /** Nearest readings, at most so many seconds apart. */
  toleranceSeconds: number | undefined;
  /** How far the second may follow or lead, seconds; needs buckets. */
  mostLagSeconds: number | undefined;
}

interface Lagged extends PairRow {
  lag: number;
}

const USUAL_BUCKET_SECONDS = 60;
const MOST_LAGS = 100;
/** The most pairs of buckets that one request joins: some hundred milliseconds of work. */
const MOST_JOINED = 5_000_000;
/** The most readings that one request pairs: they are held in memory, 16 bytes each, and compared while nothing else goes on. */
const MOST_READ = 1_000_000;

/** Pearson's r, covariance, p and strength of every two quantities. */
export async function correlation(tx: Queryable, question: CorrelationQuestion): Promise<Correlation> {
  const { tenantId, startUs, endUs, toleranceSeconds } = question;
  const series: SeriesPeriod[] = [];
  const bucketSeconds = toleranceSeconds === undefined ? (question.bucketSeconds ?? USUAL_BUCKET_SECONDS) : undefined;
  const mostLag = lagsOf(question, bucketSeconds);
  for (const one of question.series)
    series.push(await seriesPeriod(tx, { ...one, tenantId, startUs, endUs, intervalSeconds: bucketSeconds }));
  refuseWork(question, { series, bucketSeconds, mostLag });
  const pairs = series.flatMap((first, place) => series.slice(place + 1).map((second) => [first, second] as const));
  const found =
    bucketSeconds === undefined
      ? await nearest(tx, series, toleranceSeconds ?? 0)
      : await inBuckets(tx, series, { startUs, endUs, bucketSeconds, mostLag });
  return {
    ...{ start: isoOf(startUs), end: isoOf(endUs), paired_by: bucketSeconds === undefined ? 'nearest' : 'bucket' },
    ...{ bucket_seconds: bucketSeconds ?? null, tolerance_seconds: toleranceSeconds ?? null },
    pairs: pairs.map(([first, second]) => pairOf(first, second, found(first, second), bucketSeconds)),
  };
}

type Finder = (first: SeriesPeriod, second: SeriesPeriod) => readonly Lagged[];

/**
 * Readings are paired here and not in the database, which can only say it with two sorts and two joins, which took longer
 * (docs/decisions/0017-analytics.md). Each series is read once, however many it is paired with.
 */
async function nearest(tx: Queryable, series: readonly SeriesPeriod[], toleranceSeconds: number): Promise<Finder> {
  const toleranceUs = Math.round(toleranceSeconds * 1_000_000);
  const columns = new Map<number, TimedColumn>();
  for (const { series_id: seriesId, startUs, endUs } of series) {
    const [from, to] = [BigInt(startUs) - BigInt(toleranceUs), BigInt(endUs) + BigInt(toleranceUs)];
    const { timesUs, numbers } = await newestOf(tx, { seriesId, startUs: from.toString(), endUs: to.toString() }, MOST_READ);
    columns.set(seriesId, { timesUs, numbers: numbers.map((value) => (isSummable(value) ? value : NaN)) });
  }
  return (first, second) => {
    const [x, y] = [columns.get(first.series_id), columns.get(second.series_id)];
    if (x === undefined || y === undefined) return [];
    const { xs, ys } = nearestPairs(within(x, Number(first.startUs), Number(first.endUs)), y, toleranceUs);
    return xs.length === 0 ? [] : [{ ...sumsOf(xs, ys), lag: 0 }];
  };
}

async function inBuckets(
  tx: Queryable,
  series: readonly SeriesPeriod[],
  period: { startUs: string; endUs: string; bucketSeconds: number; mostLag: number },
): Promise<Finder> {
  const rows = await bucketPairsOf(tx, { ...period, seriesIds: series.map((one) => one.series_id) });
  const found = Map.groupBy(rows, (row) => `${String(row.first)} ${String(row.second)}`);
  return (first, second) => {
    const straight = found.get(nameOf(first, second));
    if (straight !== undefined) return straight;
    // The database pairs the smaller id with the larger; the other way round x and y change places, and so does who follows whom.
    const turned = found.get(nameOf(second, first)) ?? [];
    return turned.map((row) => ({ ...row, lag: -row.lag, sxx: row.syy, syy: row.sxx }));
  };
}

function pairOf(
  first: SeriesPeriod,
  second: SeriesPeriod,
  rows: readonly Lagged[],
  bucketSeconds: number | undefined,
): Correlation['pairs'][number] {
  const figures = new Figures();
  const row = rows.find(({ lag }) => lag === 0);
  const n = row?.n ?? 0;
  const tooFew = `There are ${String(n)} pairs; it takes three. Choose a longer period, a wider tolerance or longer buckets.`;
  const r = figures.take('r', row === undefined || n < 3 ? null : rOf(row), n < 3 ? tooFew : constantText(row, first, second));
  const p = figures.take('p_value', r === null ? null : correlationP(r, n), figures.undefinedBecause['r'] ?? tooFew);
  return {
    ...{ first: labelOf(first), second: labelOf(second), n, r, p_value: p },
    covariance: figures.take('covariance', row === undefined || n < 2 ? null : row.sxy / (n - 1), tooFew),
    strength: r === null ? null : strengthOf(r),
    ...sampleOf(r, n),
    is_significant: p === null ? null : n >= FEWEST_PAIRS && p < SIGNIFICANT_P,
    best_lag: bucketSeconds === undefined || rows.length < 2 ? null : bestOf(rows, bucketSeconds),
    undefined_because: figures.undefinedBecause,
  };
}

/** Whether there are as many pairs as a correlation of this size needs. */
function sampleOf(r: number | null, n: number): { needed_n: number | null; is_sample_enough: boolean | null } {
  const needed = r === null ? null : neededPairs(r);
  return { needed_n: needed, is_sample_enough: r === null ? null : needed !== null && n >= needed };
}

/** Where the two go together most, in either direction. */
function bestOf(rows: readonly Lagged[], bucketSeconds: number): Correlation['pairs'][number]['best_lag'] {
  const known = rows.flatMap((row) => {
    const r = row.n < FEWEST_PAIRS ? null : rOf(row);
    return r === null || !Number.isFinite(r) ? [] : [{ seconds: row.lag * bucketSeconds, r, n: row.n }];
  });
  return known.reduce<(typeof known)[number] | null>(
    (best, one) => (best === null || Math.abs(one.r) > Math.abs(best.r) ? one : best),
    null,
  );
}

function rOf({ sxx, syy, sxy }: PairRow): number | null {
  if (sxx === 0 || syy === 0) return null;
  return Math.max(-1, Math.min(1, sxy / (Math.sqrt(sxx) * Math.sqrt(syy))));
}

function constantText(row: PairRow | undefined, first: SeriesPeriod, second: SeriesPeriod): string {
  const { key, device_id: deviceId } = row?.sxx === 0 ? first : second;
  return `All readings of "${key}" of "${deviceId}" are equal: nothing can go together with what does not change.`;
}

function refuseWork(
  { startUs, endUs }: CorrelationQuestion,
  { series, bucketSeconds, mostLag }: { series: readonly SeriesPeriod[]; bucketSeconds: number | undefined; mostLag: number },
): void {
  const pairs = (series.length * (series.length - 1)) / 2;
  if (bucketSeconds === undefined) {
    const read = series.reduce((sum, { expected }) => sum + expected, 0);
    if (read <= MOST_READ) return;
    const about = `About ${Math.round(read).toLocaleString('en')} readings would be compared; at most ${MOST_READ.toLocaleString('en')} are.`;
    throw badField('tolerance', `${about} Choose a shorter period or fewer quantities, or send "interval" instead of "tolerance".`);
  }
  const joined = (Number(BigInt(endUs) - BigInt(startUs)) / (bucketSeconds * 1_000_000)) * pairs * (2 * mostLag + 1);
  if (joined <= MOST_JOINED) return;
  const found = `${Math.round(joined).toLocaleString('en')} pairs of buckets would be compared`;
  const most = MOST_JOINED.toLocaleString('en');
  throw badField(
    'interval',
    `${found}; at most ${most} are. Send a longer "interval", a shorter period, fewer quantities or a shorter "max_lag".`,
  );
}

function lagsOf({ mostLagSeconds }: CorrelationQuestion, bucketSeconds: number | undefined): number {
  if (mostLagSeconds === undefined) return 0;
  if (bucketSeconds === undefined) throw badField('max_lag', '"max_lag" needs buckets; leave "tolerance" out, or send "interval" instead.');
  const lags = Math.floor(mostLagSeconds / bucketSeconds);
  if (lags >= 1 && lags <= MOST_LAGS) return lags;
  const most = MOST_LAGS * bucketSeconds;
  throw badField(
    'max_lag',
    `"max_lag" is ${String(mostLagSeconds)} s; with buckets of ${String(bucketSeconds)} s it may be ${String(bucketSeconds)} to ${String(most)} s.`,
  );
}

function labelOf({ device_id, key, unit }: SeriesPeriod) {
  return { device_id, key, unit };
}

function nameOf(first: SeriesPeriod, second: SeriesPeriod): string {
  return `${String(first.series_id)} ${String(second.series_id)}`;
}
