import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import { changesOf } from '../../../auth/audit-changes.ts';
import { pageOf } from '../../../contracts/common.ts';
import { patchSeriesSchema, seriesSchema } from '../../../contracts/devices.ts';
import type { SeriesItem } from '../../../contracts/devices.ts';
import { AppError } from '../../../core/errors.ts';
import type { SeriesService } from '../../../devices/series-service.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { deviceParams, pageQuery, recordDone } from '../shared.ts';
import { quantitiesOf } from './quantities.ts';
import type { QuantitiesDeps } from './quantities.ts';

/** What the routes of quantities use. */
export interface SeriesRoutesDeps extends QuantitiesDeps {
  series: SeriesService;
  audit: AuditLog;
}

const TAG = 'devices';
const PATH = '/devices/{device_id}/series';
const keyCursor = z.string().max(300);

/** The quantities of one device. */
export function seriesRoutes(deps: SeriesRoutesDeps): Route[] {
  return [listSeries(deps), patchSeries(deps)];
}

function listSeries(deps: SeriesRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: PATH,
    permission: 'telemetry:read',
    rate: 'devices',
    tag: TAG,
    summary: 'The quantities of a device',
    params: deviceParams,
    query: pageQuery,
    responses: { 200: { description: 'Quantities by key', schema: pageOf(seriesSchema) } },
    handler: async ({ caller, params, query }) => {
      const limit = limitOf(query);
      const after = readCursor(query.cursor, keyCursor);
      const rows = await quantitiesOf(deps, { tenantId: caller.principal.tenantId, deviceId: params.device_id, after, limit: limit + 1 });
      return ok(pageOfRows(rows, limit, { item: (item) => item, key: (item) => item.key }));
    },
  });
}

function patchSeries({ series, audit }: SeriesRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: PATH,
    permission: 'devices:write',
    rate: 'devices',
    tag: TAG,
    summary: 'Change how quantities of a device are shown',
    description:
      'All items or none; null removes, what is not sent stays. `unit` can be given to a series that has none, and to no other: its readings are in the unit it has.',
    params: deviceParams,
    body: patchSeriesSchema,
    responses: { 200: { description: 'The changed quantities, as sent', schema: z.object({ items: z.array(seriesSchema) }) } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { device_id: deviceId } = request.params;
      const { items } = request.body;
      refuseTwice(items.map(({ key }) => key));
      const { before, after } = await series.change({ tenantId: request.caller.principal.tenantId, deviceId }, items);
      await recordDone(audit, request, {
        action: 'series.change',
        target: deviceId,
        details: { ...changesOf(byKey(before), byKey(after)) },
      });
      return ok({ items: after });
    },
  });
}

function refuseTwice(keys: readonly string[]): void {
  const index = keys.findIndex((key, at) => keys.indexOf(key) !== at);
  if (index < 0) return;
  const field = `items.${String(index)}.key`;
  const message = `"${field}" is "${keys[index] ?? ''}", which stands in an earlier item too; put its changes into one.`;
  throw new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}

/** What can be changed of each, for the audit log. */
function byKey(items: readonly SeriesItem[]): Record<string, object> {
  return Object.fromEntries(
    items.map(({ key, unit, display_name, decimals, lower_limit, upper_limit }) => [
      key,
      { unit, display_name, decimals, lower_limit, upper_limit },
    ]),
  );
}
