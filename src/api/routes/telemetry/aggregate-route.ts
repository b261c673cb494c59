import { z } from 'zod';
import { pageOf } from '../../../contracts/common.ts';
import { AGGREGATE_FUNCTIONS, MOST_BUCKETS, aggregateItemSchema } from '../../../contracts/telemetry-ranges.ts';
import type { AggregateFunction, AggregateItem } from '../../../contracts/telemetry-ranges.ts';
import type { BucketRow, TelemetrySeries } from '../../ports.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { timezoneParam } from '../shared.ts';
import { namesQuery } from '../../../contracts/query-fields.ts';
import { badField, refuseEmptyPeriod, selectedSeries, selectionQuery, usOfMs } from './selection.ts';
import { cachedPast } from './past.ts';
import type { SelectionDeps } from './selection.ts';

const UNIT_SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const DAY_SECONDS = 86_400;
const MOST_SECONDS = 366 * DAY_SECONDS;
const DAY_US = 86_400_000_000n;
/** Buckets that people ask for, from small to large: what a refusal proposes. */
const USUAL = ['1s', '5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h', '3h', '6h', '12h', '1d', '7d', '30d'] as const;
const BUCKET_WORDS = 'Send a number with its unit, such as "15m" (s, m, h or d; seconds without one), from one second to 366 days.';
const FUNCTION_WORDS = `Send some of ${AGGREGATE_FUNCTIONS.join(', ')}, with commas between.`;

const aggregateQuery = selectionQuery.extend({
  start: selectionQuery.shape.start.meta({ description: 'From this instant on; ISO 8601 with zone. Left out: 24 hours before the end' }),
  bucket: z
    .string()
    .regex(/^\d{1,8}[smhd]?$/, BUCKET_WORDS)
    .transform(secondsOf)
    .refine((seconds) => seconds >= 1 && seconds <= MOST_SECONDS, BUCKET_WORDS)
    .meta({ description: 'Length of a bucket: "1m", "15m", "1h", "1d", or seconds. Buckets count from 1970-01-01T00:00:00Z' }),
  functions: namesQuery
    .refine((names): names is AggregateFunction[] => names.every(isFunction), FUNCTION_WORDS)
    .optional()
    .meta({ description: `Some of ${AGGREGATE_FUNCTIONS.join(', ')}; avg, min, max and count unless given` }),
  timezone: timezoneParam.optional().meta({ description: 'Whose days the buckets are; with `bucket=1d` only' }),
  fill: z.literal('null').optional().meta({ description: '`null`: buckets without a reading are in the answer too, with nulls' }),
  source: z
    .enum(['auto', 'raw'])
    .optional()
    .meta({ description: '`raw`: from the readings alone. Otherwise the roll-up is used where it is complete; figures are the same' }),
});
type AggregateQuery = z.output<typeof aggregateQuery>;

const DEFAULT_FUNCTIONS: readonly AggregateFunction[] = ['avg', 'min', 'max', 'count'];

/** Figures by the bucket. */
export function aggregateRoute(deps: SelectionDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/telemetry/aggregate',
    permission: 'telemetry:read',
    tag: 'telemetry',
    rate: 'telemetry',
    summary: 'Average, minimum, maximum, sum, count and standard deviation by the bucket',
    description:
      'By device, key and time. Booleans count as 0 and 1; texts have no figures. The answer is whole: it takes no `limit` and no `cursor`, and ' +
      `\`next_cursor\` is always null. It has at most ${MOST_BUCKETS.toLocaleString('en')} buckets over all series; a request for more is refused with the bucket that would do.`,
    query: aggregateQuery,
    responses: { 200: { description: 'Buckets', schema: pageOf(aggregateItemSchema) } },
    problems: ['NOT_FOUND'],
    cached: cachedPast(deps.clock),
    handler: async ({ caller, query }) => ok({ items: await itemsOf(deps, caller.principal.tenantId, query), next_cursor: null }),
  });
}

async function itemsOf(deps: SelectionDeps, tenantId: string, query: AggregateQuery): Promise<AggregateItem[]> {
  const { bucket: bucketSeconds, timezone: zone, functions = DEFAULT_FUNCTIONS } = query;
  if (zone !== undefined && bucketSeconds !== DAY_SECONDS) {
    throw badField('timezone', '"timezone" says whose days are meant; send it with "bucket=1d", or leave it out.');
  }
  const endUs = query.end ?? usOfMs(deps.clock.nowMs());
  const startUs = query.start ?? (BigInt(endUs) - DAY_US).toString();
  refuseEmptyPeriod(startUs, endUs);
  const selected = await selectedSeries(deps, tenantId, query);
  const series = selected.filter(({ kind }) => kind !== 'text');
  if (series.length === 0 && selected.length > 0 && query.keys !== undefined) {
    throw badField('keys', '"keys" names texts alone, which have no figures; read them with GET /telemetry.');
  }
  refuseTooMany({ startUs, endUs, bucketSeconds, series: series.length });
  if (series.length === 0) return [];
  const period = { tenantId, startUs, endUs };
  const buckets = await deps.telemetry.buckets({
    ...period,
    seriesIds: series.map((one) => one.series_id),
    bucketSeconds,
    zone,
    rolledUp: query.source !== 'raw' && bucketSeconds % 60 === 0,
    stddev: functions.includes('stddev'),
  });
  const starts =
    query.fill === undefined
      ? undefined
      : zone === undefined
        ? fixedStarts(startUs, endUs, bucketSeconds)
        : await deps.telemetry.dayStarts({ ...period, zone });
  return inOrder(series, buckets, { starts, functions });
}

/** By device, key and time; with `starts` every one of them for each series. */
function inOrder(
  series: readonly TelemetrySeries[],
  buckets: readonly BucketRow[],
  { starts, functions }: { starts: readonly number[] | undefined; functions: readonly AggregateFunction[] },
): AggregateItem[] {
  const ofSeries = Map.groupBy(buckets, (bucket) => bucket.series_id);
  return series.flatMap((one) => {
    const found = ofSeries.get(one.series_id) ?? [];
    if (starts === undefined) return found.map((row) => itemOf(one, row.startMs, row, functions));
    const byStart = new Map(found.map((row) => [row.startMs, row]));
    return starts.map((startMs) => itemOf(one, startMs, byStart.get(startMs), functions));
  });
}

function itemOf(
  series: TelemetrySeries,
  startMs: number,
  row: BucketRow | undefined,
  functions: readonly AggregateFunction[],
): AggregateItem {
  const { device_id, key, unit } = series;
  const item: AggregateItem = { device_id, key, unit, start: new Date(startMs).toISOString() };
  for (const name of functions) {
    if (name === 'count') item.count = row?.n ?? 0;
    else item[name] = row === undefined ? null : figureOf(name, row);
  }
  return item;
}

function figureOf(name: Exclude<AggregateFunction, 'count'>, row: BucketRow): number | null {
  const figure = name === 'avg' ? row.sum / row.n : row[name];
  // NaN: a value of the bucket is so large that no double holds its square.
  return figure === null || Number.isNaN(figure) ? null : figure;
}

function fixedStarts(startUs: string, endUs: string, bucketSeconds: number): number[] {
  const bucketMs = bucketSeconds * 1_000;
  const first = Math.floor(Number(BigInt(startUs)) / 1_000 / bucketMs) * bucketMs;
  const starts: number[] = [];
  for (let startMs = first; BigInt(startMs) * 1_000n < BigInt(endUs); startMs += bucketMs) starts.push(startMs);
  return starts;
}

interface Wanted {
  startUs: string;
  endUs: string;
  bucketSeconds: number;
  series: number;
}

function refuseTooMany(wanted: Wanted): void {
  const count = bucketsIn(wanted, wanted.bucketSeconds);
  if (count <= MOST_BUCKETS) return;
  const larger = USUAL.find((name) => secondsOf(name) > wanted.bucketSeconds && bucketsIn(wanted, secondsOf(name)) <= MOST_BUCKETS);
  const found = `The period has ${count.toLocaleString('en')} buckets over ${String(wanted.series)} series; at most ${MOST_BUCKETS.toLocaleString('en')} are answered.`;
  const next = larger === undefined ? 'Ask for a shorter period or for fewer series.' : `Send "bucket=${larger}", or ask for less.`;
  throw badField('bucket', `${found} ${next}`);
}

/** How many buckets there may be, at both ends of the period perhaps in part. */
function bucketsIn({ startUs, endUs, series }: Wanted, bucketSeconds: number): number {
  const bucketUs = BigInt(bucketSeconds) * 1_000_000n;
  return (Number((BigInt(endUs) - 1n) / bucketUs - BigInt(startUs) / bucketUs) + 1) * series;
}

function isFunction(name: string): name is AggregateFunction {
  return AGGREGATE_FUNCTIONS.some((known) => known === name);
}

function secondsOf(text: string): number {
  const unit = /[smhd]$/.exec(text)?.[0] as keyof typeof UNIT_SECONDS | undefined;
  return Number.parseInt(text, 10) * (unit === undefined ? 1 : UNIT_SECONDS[unit]);
}
