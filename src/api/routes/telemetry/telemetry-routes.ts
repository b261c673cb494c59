import { z } from 'zod';
import { pageOf } from '../../../contracts/common.ts';
import { REJECT_REASONS, rejectedMessageSchema, telemetryItemSchema } from '../../../contracts/telemetry.ts';
import type { TelemetryItem } from '../../../contracts/telemetry.ts';
import { MOST_COLUMN_POINTS, telemetryColumnsSchema } from '../../../contracts/telemetry-ranges.ts';
import { cursorUs, limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import type { LatestReadings, TelemetryQueries } from '../../ports.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { deviceParams, pageQuery } from '../shared.ts';
import { columnsOf } from './columns.ts';
import { instantQuery, namesQuery } from '../../../contracts/query-fields.ts';
import { cachedPast } from './past.ts';
import { badField, refuseEmptyPeriod } from './selection.ts';
import type { SelectionDeps } from './selection.ts';

const TAG = 'telemetry';
const READINGS = { 200: { description: 'Readings, newest first', schema: pageOf(telemetryItemSchema) } };

const rangeQuery = pageQuery.extend({
  start: instantQuery.optional().meta({ description: 'From this instant on; ISO 8601 with zone' }),
  end: instantQuery.optional().meta({ description: 'Before this instant' }),
  keys: namesQuery.optional().meta({ description: 'Quantities, with commas between' }),
});
/** What one list may have. */
const MOST_LISTED = 500;
const deviceQuery = rangeQuery.extend({
  format: z.enum(['list', 'columns']).optional(),
  limit: z
    .string()
    .regex(/^\d{1,6}$/, 'A limit is a whole number from 1 on.')
    .transform(Number)
    .pipe(z.int().min(1).max(MOST_COLUMN_POINTS))
    .optional()
    .meta({ description: `50 unless given, at most ${String(MOST_LISTED)}; in columns ${String(MOST_COLUMN_POINTS)}` }),
});
const allQuery = rangeQuery.extend({ device_id: z.string().min(1).max(200).optional() });
const latestQuery = pageQuery.extend({
  device_id: namesQuery.optional().meta({ description: 'Devices, with commas between; left out: all' }),
  device_ids: namesQuery.optional().meta({ description: 'The earlier name of `device_id`', deprecated: true }),
  keys: namesQuery.optional().meta({ description: 'Quantities, with commas between; left out: all' }),
});
const rejectedQuery = pageQuery.extend({ device_id: z.string().min(1).max(200).optional(), reason: z.enum(REJECT_REASONS).optional() });

const readingCursor = z.object({ timeUs: cursorUs, seriesId: z.int().min(0) });
const rejectedCursor = z.string().regex(/^\d{1,18}$/);

/** What the routes of telemetry use. */
export interface TelemetryRoutesDeps extends SelectionDeps {
  latestReadings: LatestReadings;
}

/** Reading what was stored, and what was refused. The fixed words stand before `{device_id}`, which they may not be. */
export function telemetryRoutes(deps: TelemetryRoutesDeps): Route[] {
  return [listReadings(deps), latest(deps), rejected(deps), readingsOfDevice(deps)];
}

function listReadings({ telemetry, clock }: SelectionDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/telemetry',
    permission: 'telemetry:read',
    tag: TAG,
    rate: 'telemetry',
    summary: 'Stored readings',
    query: allQuery,
    responses: READINGS,
    cached: cachedPast(clock),
    handler: async ({ caller, query }) => ok(await readingsPage(telemetry, caller.principal.tenantId, query)),
  });
}

function readingsOfDevice(deps: SelectionDeps): Route {
  const { telemetry, devices } = deps;
  return defineRoute({
    method: 'get',
    path: '/telemetry/{device_id}',
    permission: 'telemetry:read',
    tag: TAG,
    rate: 'telemetry',
    summary: 'Stored readings of one device',
    description: `As a list, newest first; or with \`format=columns\` one quantity as columns, oldest first, up to ${MOST_COLUMN_POINTS.toLocaleString('en')} readings at once.`,
    params: deviceParams,
    query: deviceQuery,
    responses: { 200: { description: 'Readings', schema: z.union([pageOf(telemetryItemSchema), telemetryColumnsSchema]) } },
    cached: cachedPast(deps.clock),
    handler: async ({ caller, params, query: { format, ...query } }) => {
      const { tenantId } = caller.principal;
      if (format === 'columns') return columnsOf(deps, { tenantId, deviceId: params.device_id }, query);
      if ((query.limit ?? 0) > MOST_LISTED)
        throw badField(
          'limit',
          `"limit" is ${String(query.limit)}; a list has at most ${String(MOST_LISTED)} readings, "format=columns" more.`,
        );
      devices.assertExists(tenantId, params.device_id);
      return ok(await readingsPage(telemetry, tenantId, { ...query, device_id: params.device_id }));
    },
  });
}

function latest({ latestReadings }: TelemetryRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/telemetry/latest',
    permission: 'telemetry:read',
    tag: TAG,
    rate: 'telemetry',
    summary: 'The newest reading of each quantity',
    query: latestQuery,
    responses: { 200: { description: 'Newest readings', schema: pageOf(telemetryItemSchema) } },
    handler: ({ caller, query }) => {
      const limit = limitOf(query);
      const afterSeriesId = readCursor(query.cursor, z.int().min(0));
      const { device_id: named = [], device_ids: namedBefore = [], keys } = query;
      const given = [...named, ...namedBefore];
      const deviceIds = given.length > 0 ? given : undefined;
      const rows = latestReadings.latest({ tenantId: caller.principal.tenantId, deviceIds, keys, afterSeriesId, limit: limit + 1 });
      return Promise.resolve(ok(pageOfRows(rows, limit, { item: itemOf, key: (row) => row.series_id })));
    },
  });
}

function rejected({ telemetry }: SelectionDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/telemetry/rejected',
    permission: 'rejected:read',
    tag: TAG,
    rate: 'telemetry',
    summary: 'Messages that were refused',
    query: rejectedQuery,
    responses: { 200: { description: 'Refused messages, newest first', schema: pageOf(rejectedMessageSchema) } },
    handler: async ({ caller, query }) => {
      const limit = limitOf(query);
      const beforeId = readCursor(query.cursor, rejectedCursor);
      const { device_id: deviceId, reason } = query;
      const rows = await telemetry.rejected({ tenantId: caller.principal.tenantId, deviceId, reason, beforeId, limit: limit + 1 });
      return ok(pageOfRows(rows, limit, { item: (row) => row, key: (row) => row.id }));
    },
  });
}

async function readingsPage(telemetry: TelemetryQueries, tenantId: string, query: z.output<typeof allQuery>) {
  const { start: startUs, end: endUs, keys, device_id: deviceId } = query;
  refuseEmptyPeriod(startUs, endUs);
  const limit = limitOf(query);
  const after = readCursor(query.cursor, readingCursor);
  const rows = await telemetry.readings({ tenantId, deviceId, keys, startUs, endUs, after, limit: limit + 1 });
  return pageOfRows(rows, limit, { item: itemOf, key: (row) => ({ timeUs: row.time_us, seriesId: row.series_id }) });
}

function itemOf({ device_id, key, timestamp, value, unit, quality }: TelemetryItem) {
  return { device_id, key, timestamp, value, unit, quality };
}
