import { MOST_ANALYSIS_DAYS } from '../contracts/analytics.ts';
import type { AnalysisSource } from '../contracts/analytics.ts';
import { AppError } from '../core/errors.ts';
import type { Queryable } from '../storage/database.ts';
import { paceOf } from '../storage/repositories/analytics.ts';
import type { PaceRow, PeriodOfSeries } from '../storage/repositories/analytics.ts';
import { seriesOfTenant } from '../storage/repositories/telemetry-ranges.ts';
import type { TenantSeries } from '../storage/repositories/telemetry-ranges.ts';

/** Which series of a tenant, from when to when: whole epoch microseconds as text. */
export interface SeriesQuestion {
  tenantId: string;
  deviceId: string;
  key: string;
  startUs: string;
  endUs: string;
  /** Unless given: readings while there are not too many. */
  source?: AnalysisSource | undefined;
  /** Figures of the means of buckets of this length instead of those of readings. */
  intervalSeconds?: number | undefined;
}

/** A series with its period, and from what its figures are computed. */
export interface SeriesPeriod extends TenantSeries {
  startUs: string;
  endUs: string;
  source: AnalysisSource;
  /** Length of the buckets whose means are looked at; undefined: readings are. */
  intervalSeconds: number | undefined;
  /** The usual distance of its newest readings, microseconds; undefined for fewer than two. */
  paceUs: number | undefined;
  /** About how many readings it has; exact for fewer than 1,000. */
  expected: number;
  /** The newest reading of the period, whole epoch microseconds as text; undefined without any. */
  newestUs: string | undefined;
}

/** From more readings than this the roll-up is used: reading them takes a tenth of a second for each 100,000. */
export const MOST_READINGS = 200_000;
/** More than this are read by no analysis: that would keep a connection for seconds. */
const MOST_TO_READ = 3_000_000;
/** The most buckets of one series. */
export const MOST_BUCKETS = 100_000;
const MINUTE_SECONDS = 60;
const PACE_LOOKS_AT = 1_000;
const DAY_US = 86_400_000_000n;
/** How many keys a refusal names. */
const KEYS_NAMED = 10;

/** Finds the series and decides what its figures are computed from. Fails with NOT_FOUND and INVALID_REQUEST. */
export async function seriesPeriod(tx: Queryable, question: SeriesQuestion): Promise<SeriesPeriod> {
  const { startUs, endUs, intervalSeconds } = question;
  refusePeriod(BigInt(startUs), BigInt(endUs));
  refuseBuckets(question);
  const series = await numberSeries(tx, question);
  const pace = await paceOf(tx, { seriesId: series.series_id, startUs, endUs });
  const expected = expectedOf(pace);
  const source = sourceOf(question, expected);
  const [paceUs, newestUs] = [pace.pace ?? undefined, pace.newestUs ?? undefined];
  return { ...series, startUs, endUs, intervalSeconds, source, expected, paceUs, newestUs };
}

/** What the repository computes figures of. */
export function computedOf({ series_id: seriesId, startUs, endUs, source, intervalSeconds }: SeriesPeriod): PeriodOfSeries {
  return { seriesId, startUs, endUs, rolledUp: source === 'minutes', bucketSeconds: intervalSeconds };
}

/** Refuses what would read more readings than one analysis may. */
export function refuseReading(expected: number, field: string, remedy: string): void {
  if (expected <= MOST_TO_READ) return;
  const found = `The period has about ${Math.round(expected).toLocaleString('en')} readings`;
  throw badField(field, `${found}; one analysis reads ${MOST_TO_READ.toLocaleString('en')} at most. ${remedy}`);
}

function expectedOf({ pace, lookedAt, lastsUs }: PaceRow): number {
  if (lookedAt < PACE_LOOKS_AT || pace === null || lastsUs === null) return lookedAt;
  return lastsUs / Math.max(1, pace) + 1;
}

function sourceOf({ source, intervalSeconds }: SeriesQuestion, expected: number): AnalysisSource {
  const isWhole = intervalSeconds === undefined || intervalSeconds % MINUTE_SECONDS === 0;
  if (source === 'minutes' && !isWhole) {
    throw badField(
      'interval',
      `"interval" is ${String(intervalSeconds)} s; with the source "minutes" it must be whole minutes. Send "1m" or more.`,
    );
  }
  const isLong = intervalSeconds !== undefined || expected > MOST_READINGS;
  const chosen = source ?? (isWhole && isLong ? 'minutes' : 'readings');
  if (chosen === 'readings') {
    const field = intervalSeconds === undefined ? 'source' : 'interval';
    refuseReading(expected, field, 'Choose a shorter period, or an "interval" of whole minutes.');
  }
  return chosen;
}

function refuseBuckets({ startUs, endUs, intervalSeconds }: SeriesQuestion): void {
  if (intervalSeconds === undefined) return;
  const buckets = Number(BigInt(endUs) - BigInt(startUs)) / (intervalSeconds * 1_000_000);
  if (buckets <= MOST_BUCKETS) return;
  const found = `The period has ${Math.round(buckets).toLocaleString('en')} buckets of ${String(intervalSeconds)} s`;
  throw badField(
    'interval',
    `${found}; at most ${MOST_BUCKETS.toLocaleString('en')} are computed. Send a longer "interval" or a shorter period.`,
  );
}

/** The head of every answer. */
export function headOf({ device_id, key, unit, startUs, endUs, source, intervalSeconds }: SeriesPeriod) {
  return { device_id, key, unit, start: isoOf(startUs), end: isoOf(endUs), source, interval_seconds: intervalSeconds ?? null };
}

/** An instant, whole epoch microseconds as text, as ISO 8601 to the millisecond. */
export function isoOf(us: string): string {
  return new Date(Number(BigInt(us) / 1_000n)).toISOString();
}

/** A refusal that names one field. */
export function badField(field: string, message: string): AppError {
  return new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}

async function numberSeries(tx: Queryable, { tenantId, deviceId, key }: SeriesQuestion): Promise<TenantSeries> {
  const all = await seriesOfTenant(tx, { tenantId, deviceIds: [deviceId], keys: undefined, limit: 10_000 });
  const series = all.find((one) => one.key === key);
  if (series === undefined) throw new AppError('NOT_FOUND', unknownText(deviceId, key, all));
  if (series.kind === 'text') {
    throw badField('key', `"${key}" of "${deviceId}" has texts, which have no figures. Choose a quantity with numbers or truth values.`);
  }
  return series;
}

function unknownText(deviceId: string, key: string, all: readonly TenantSeries[]): string {
  if (all.length === 0) return `There is no device "${deviceId}" with readings. GET /api/v1/devices lists the devices.`;
  const names = all.slice(0, KEYS_NAMED).map((one) => `"${one.key}"`);
  const more = all.length > KEYS_NAMED ? ` and ${String(all.length - KEYS_NAMED)} more` : '';
  return `The device "${deviceId}" has no quantity "${key}". It has ${names.join(', ')}${more}.`;
}

function refusePeriod(startUs: bigint, endUs: bigint): void {
  if (startUs >= endUs) {
    const remedy = startUs === endUs ? 'Send a later "end".' : 'Exchange them.';
    throw badField('end', `"end" is not after "start"; the period has no instant in it. ${remedy}`);
  }
  const days = Number((endUs - startUs) / DAY_US);
  if (days > MOST_ANALYSIS_DAYS) {
    throw badField(
      'start',
      `The period has ${days.toLocaleString('en')} days; one analysis looks at ${String(MOST_ANALYSIS_DAYS)} at most. Send a later "start".`,
    );
  }
}
