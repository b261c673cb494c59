import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import { CHANNELS } from '../../../contracts/actions.ts';
import { pageOf } from '../../../contracts/common.ts';
import {
  NOTIFICATION_EVENTS,
  NOTIFICATION_STATUSES,
  notificationDetailSchema,
  notificationSchema,
} from '../../../contracts/notifications.ts';
import type { Notification } from '../../../contracts/notifications.ts';
import { cursorUs, limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import type { Notifications } from '../../ports.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { pageQuery, recordDone, uuidParam } from '../shared.ts';
import { instantQuery } from '../../../contracts/query-fields.ts';

/** What the routes of notifications use. */
export interface NotificationRoutesDeps {
  notifications: Notifications;
  audit: AuditLog;
}

const TAG = 'notifications';
const params = z.object({ id: uuidParam });

const listQuery = pageQuery.extend({
  alert_id: z.uuid().optional().meta({ description: 'What was told of this alert' }),
  channel: z.enum(CHANNELS).optional(),
  status: z.enum(NOTIFICATION_STATUSES).optional(),
  event: z.enum(NOTIFICATION_EVENTS).optional(),
  device_id: z.string().min(1).max(200).optional(),
  start: instantQuery.optional().meta({ description: 'Queued from this instant on; ISO 8601 with zone' }),
  end: instantQuery.optional().meta({ description: 'Queued before this instant' }),
});
const listCursor = z.object({ createdUs: cursorUs, id: z.uuid() });

/** The ledger of notifications: the list, one with its attempts, and trying a failed one again. */
export function notificationRoutes(deps: NotificationRoutesDeps): Route[] {
  return [listRoute(deps), getRoute(deps), retryRoute(deps)];
}

function listRoute({ notifications }: NotificationRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/notifications',
    permission: 'notifications:read',
    tag: TAG,
    summary: 'List notifications',
    description: 'Who was told what, by which channel, and what became of it.',
    query: listQuery,
    responses: { 200: { description: 'Notifications, newest first', schema: pageOf(notificationSchema) } },
    cached: { region: 'alerts', reads: ['notifications'] },
    handler: async ({ caller, query }) => {
      const limit = limitOf(query);
      const { alert_id: alertId, channel, status, event, device_id: deviceId, start: startUs, end: endUs } = query;
      const after = readCursor(query.cursor, listCursor);
      const { tenantId } = caller.principal;
      const filters = { alertId, channel, status, event, deviceId, startUs, endUs };
      const rows = await notifications.list({ tenantId, ...filters, after, limit: limit + 1 });
      const key = (row: (typeof rows)[number]) => ({ createdUs: row.created_us, id: row.id });
      return ok(pageOfRows(rows, limit, { item: lineOf, key }));
    },
  });
}

function getRoute({ notifications }: NotificationRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/notifications/{id}',
    permission: 'notifications:read',
    tag: TAG,
    summary: 'One notification with its attempts',
    params,
    responses: { 200: { description: 'The notification; its attempts oldest first', schema: notificationDetailSchema } },
    cached: { region: 'alerts', reads: ['notifications', 'notification_attempts'] },
    handler: async ({ caller, params: { id } }) => ok(await notifications.get(caller.principal.tenantId, id)),
  });
}

function retryRoute({ notifications, audit }: NotificationRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/notifications/{id}/retry',
    permission: 'notifications:write',
    tag: TAG,
    summary: 'Try a failed notification again',
    description: 'At once and under the same id, so that receivers know it as a repeat. Attempts are counted on.',
    params,
    responses: { 200: { description: 'The notification, pending', schema: notificationSchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { id } = request.params;
      const notification = await notifications.retry(request.caller.principal.tenantId, id);
      // Not the recipient: the path of an address may be a secret, and lines are kept for good.
      const { channel, event } = notification;
      await recordDone(audit, request, { action: 'notification.retry', target: id, details: { channel, event } });
      return ok(notification);
    },
  });
}

function lineOf({ created_us: _place, ...line }: Notification & { created_us: string }): Notification {
  return line;
}
