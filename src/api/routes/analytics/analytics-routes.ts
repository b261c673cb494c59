import { z } from 'zod';
import type { Analytics } from '../../../analytics/analytics-service.ts';
import {
  correlationContradiction,
  correlationOptions,
  correlationQuery,
  forecastOptions,
  forecastQuery,
  periodOf,
  statisticsOptions,
  statisticsQuery,
  timeSeriesContradiction,
  timeSeriesOptions,
  timeSeriesQuery,
  trendOptions,
  trendQuery,
} from '../../../contracts/analysis-questions.ts';
import type { Contradiction } from '../../../contracts/analysis-questions.ts';
import {
  MOST_ANALYSIS_DAYS,
  correlationSchema,
  forecastSchema,
  statisticsSchema,
  timeSeriesSchema,
  trendSchema,
} from '../../../contracts/analytics.ts';
import type { Clock } from '../../../core/clock.ts';
import { cursorUs, nextCursor, readCursor } from '../../cursor.ts';
import { defineRoute, ok } from '../../route.ts';
import type { CachedRoute, Route } from '../../route.ts';
import { badField } from '../telemetry/selection.ts';

/** What the routes of analytics use. */
export interface AnalyticsDeps {
  analytics: Analytics;
  clock: Clock;
}

const TAG = 'analytics';
/** New readings do not end an answer, its life does: it says until when it is. */
const CACHED: CachedRoute = { region: 'statistics', reads: ['history'], row: { of: ['series', 'devices'], param: 'device_id' } };
/** Of two devices, perhaps. */
const CACHED_PAIRS: CachedRoute = { region: 'statistics', reads: ['series', 'devices', 'history'] };
const params = z.object({ device_id: z.string().min(1).max(200), key: z.string().min(1).max(200) });
const ABOUT = `At most ${String(MOST_ANALYSIS_DAYS)} days. Booleans count as 0 and 1. A figure that is not defined is null, and \`undefined_because\` says why.`;

/** Analyses of stored readings. */
export function analyticsRoutes(deps: AnalyticsDeps): Route[] {
  return [statisticsRoute(deps), trendRoute(deps), timeSeriesRoute(deps), forecastRoute(deps), correlationRoute(deps)];
}

function statisticsRoute({ analytics, clock }: AnalyticsDeps): Route {
  return defineRoute({
    ...{ method: 'get', path: '/analytics/statistics/{device_id}/{key}', permission: 'telemetry:read', tag: TAG, params },
    summary: 'Mean, spread, extremes and percentiles of one quantity',
    description: ABOUT,
    query: statisticsQuery,
    responses: { 200: { description: 'Figures', schema: statisticsSchema } },
    cached: CACHED,
    handler: async ({ caller, params: of, query }) =>
      ok(
        await analytics.statistics({ ...seriesOf(caller, of), ...periodOf(query, { nowMs: clock.nowMs() }), ...statisticsOptions(query) }),
      ),
  });
}

function trendRoute({ analytics, clock }: AnalyticsDeps): Route {
  return defineRoute({
    ...{ method: 'get', path: '/analytics/trends/{device_id}/{key}', permission: 'telemetry:read', tag: TAG, params },
    summary: 'Where one quantity is going, and whether that may be chance',
    description: `${ABOUT} The slope is by least squares. A trend is increasing or decreasing when its slope reaches the threshold and its adjusted p-value is below 0.05.`,
    query: trendQuery,
    responses: { 200: { description: 'The trend', schema: trendSchema } },
    cached: CACHED,
    handler: async ({ caller, params: of, query }) =>
      ok(await analytics.trend({ ...seriesOf(caller, of), ...periodOf(query, { nowMs: clock.nowMs() }), ...trendOptions(query) })),
  });
}

function timeSeriesRoute({ analytics, clock }: AnalyticsDeps): Route {
  return defineRoute({
    ...{ method: 'get', path: '/analytics/timeseries/{device_id}/{key}', permission: 'telemetry:read', tag: TAG, params },
    summary: 'Readings with moving average, rate of change and gaps',
    description: 'Oldest first. Averages and rates are of readings of the period alone; they go on from page to page.',
    query: timeSeriesQuery,
    responses: { 200: { description: 'A page of readings', schema: timeSeriesSchema } },
    cached: CACHED,
    handler: async ({ caller, params: of, query }) => {
      refuse(timeSeriesContradiction(query));
      const { answer, nextAfterUs } = await analytics.timeSeries({
        ...seriesOf(caller, of),
        ...periodOf(query, { nowMs: clock.nowMs() }),
        ...timeSeriesOptions(query),
        afterUs: readCursor(query.cursor, cursorUs),
      });
      return ok({ ...answer, next_cursor: nextAfterUs === null ? null : nextCursor(nextAfterUs) });
    },
  });
}

function forecastRoute({ analytics, clock }: AnalyticsDeps): Route {
  return defineRoute({
    ...{ method: 'get', path: '/analytics/forecast/{device_id}/{key}', permission: 'telemetry:read', tag: TAG, params },
    summary: 'What is expected next, how sure that is, and when a limit is reached',
    description: `${ABOUT} Models are fitted to the newest 2,000 steps.`,
    query: forecastQuery,
    responses: { 200: { description: 'The forecast', schema: forecastSchema } },
    cached: CACHED,
    handler: async ({ caller, params: of, query }) =>
      ok(await analytics.forecast({ ...seriesOf(caller, of), ...periodOf(query, { nowMs: clock.nowMs() }), ...forecastOptions(query) })),
  });
}

function correlationRoute({ analytics, clock }: AnalyticsDeps): Route {
  return defineRoute({
    ...{ method: 'get', path: '/analytics/correlation/{device_id}', permission: 'telemetry:read', tag: TAG, query: correlationQuery },
    params: params.pick({ device_id: true }),
    summary: 'How quantities go together, each with each',
    description: ABOUT,
    responses: { 200: { description: 'A row for each pair', schema: correlationSchema } },
    cached: CACHED_PAIRS,
    handler: async ({ caller, params: { device_id: deviceId }, query }) => {
      refuse(correlationContradiction(deviceId, query));
      const { tenantId } = caller.principal;
      const period = periodOf(query, { nowMs: clock.nowMs() });
      return ok(await analytics.correlation({ tenantId, ...period, ...correlationOptions(deviceId, query) }));
    },
  });
}

function refuse(contradiction: Contradiction | undefined): void {
  if (contradiction !== undefined) throw badField(contradiction.field, contradiction.message);
}

function seriesOf({ principal }: { principal: { tenantId: string } }, of: z.output<typeof params>) {
  return { tenantId: principal.tenantId, deviceId: of.device_id, key: of.key };
}
