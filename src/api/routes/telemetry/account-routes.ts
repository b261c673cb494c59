import { z } from 'zod';
import { MOST_ACCOUNT_DAYS, accountSummarySchema, deviceAccountSchema, expectedOf, totalsOf } from '../../../contracts/accounts.ts';
import { pageOf } from '../../../contracts/common.ts';
import type { Clock } from '../../../core/clock.ts';
import type { DeviceService } from '../../../devices/device-service.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import type { Accounts } from '../../ports.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { deviceParams, pageQuery } from '../shared.ts';
import { instantQuery } from '../../../contracts/query-fields.ts';
import { badField, refuseEmptyPeriod, usOfMs } from './selection.ts';

/** What the routes of accounts use. */
export interface AccountRoutesDeps {
  accounts: Accounts;
  devices: Pick<DeviceService, 'assertExists'>;
  clock: Clock;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ABOUT = `By the hour of arrival (UTC), at most ${String(MOST_ACCOUNT_DAYS)} days. Figures are about a second old. What each means: docs/loss-accountant.md.`;
const period = {
  start: instantQuery
    .optional()
    .meta({ description: 'From the hour of this instant on; ISO 8601 with zone. Left out: 24 hours before the end' }),
  end: instantQuery.optional().meta({ description: 'Through the hour of this instant; left out: now' }),
};
const periodQuery = z.strictObject(period);
const listQuery = pageQuery.extend({
  ...period,
  problems: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: '`true`: only devices of which something is missing, rejected or unaccounted' }),
});
const deviceCursor = z.string().max(200);

/** What became of everything that arrived. The fixed words stand before `/telemetry/{device_id}`. */
export function accountRoutes(deps: AccountRoutesDeps): Route[] {
  return [listAccounts(deps), accountOfDevice(deps)];
}

function accountOfDevice({ accounts, devices, clock }: AccountRoutesDeps): Route {
  return defineRoute({
    ...{ method: 'get', path: '/devices/{device_id}/accounts', permission: 'telemetry:read', rate: 'devices', tag: 'devices' },
    summary: 'What became of everything that a device sent, hour by hour',
    description: ABOUT,
    params: deviceParams,
    query: periodQuery,
    responses: { 200: { description: 'The account', schema: deviceAccountSchema } },
    handler: async ({ caller, params, query }) => {
      const { tenantId } = caller.principal;
      devices.assertExists(tenantId, params.device_id);
      const { startMs, endMs } = hoursOf(clock, query);
      const hours = await accounts.ofDevice(params.device_id, { tenantId, startMs, endMs });
      const totals = totalsOf(hours);
      const shown = { start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() };
      return ok({ device_id: params.device_id, ...shown, expected: expectedOf(totals), totals, hours });
    },
  });
}

function listAccounts({ accounts, clock }: AccountRoutesDeps): Route {
  return defineRoute({
    ...{ method: 'get', path: '/telemetry/accounts', permission: 'telemetry:read', tag: 'telemetry' },
    summary: 'What became of everything that arrived, device by device',
    description: `${ABOUT} Devices of which nothing arrived are left out.`,
    query: listQuery,
    responses: { 200: { description: 'Sums by device', schema: pageOf(accountSummarySchema) } },
    handler: async ({ caller, query }) => {
      const limit = limitOf(query);
      const rows = await accounts.list({
        tenantId: caller.principal.tenantId,
        ...hoursOf(clock, query),
        only: query.problems === 'true' ? 'problems' : 'all',
        after: readCursor(query.cursor, deviceCursor),
        limit: limit + 1,
      });
      return ok(pageOfRows(rows, limit, { item: (item) => item, key: (item) => item.device_id }));
    },
  });
}

/** The whole hours that a period touches, epoch milliseconds. */
function hoursOf(
  clock: Clock,
  { start, end }: { start?: string | undefined; end?: string | undefined },
): { startMs: number; endMs: number } {
  const endUs = end ?? usOfMs(clock.nowMs());
  refuseEmptyPeriod(start, endUs);
  const endMs = (Math.floor((Number(endUs) / 1_000 - 1) / HOUR_MS) + 1) * HOUR_MS;
  const startMs = start === undefined ? endMs - DAY_MS : Math.floor(Number(start) / 1_000 / HOUR_MS) * HOUR_MS;
  if (endMs - startMs > MOST_ACCOUNT_DAYS * DAY_MS) {
    throw badField('start', `"start" is more than ${String(MOST_ACCOUNT_DAYS)} days before "end"; ask for a shorter period.`);
  }
  return { startMs, endMs };
}
