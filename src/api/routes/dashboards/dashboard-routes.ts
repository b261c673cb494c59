import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import { pageOf } from '../../../contracts/common.ts';
import {
  DASHBOARD_SHOWS,
  dashboardContentSchema,
  dashboardSchema,
  dashboardSummarySchema,
  patchDashboardSchema,
  replaceDashboardSchema,
} from '../../../contracts/dashboards.ts';
import { actorOf } from '../../../core/principal.ts';
import type { DashboardAuthor, DashboardService } from '../../../dashboards/dashboard-service.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { created, defineRoute, noContent, ok } from '../../route.ts';
import type { CachedRoute, Caller, Route } from '../../route.ts';
import { validate } from '../../validation.ts';
import { orRecordRefusal, pageQuery, uuidParam } from '../shared.ts';

/** What the routes of dashboards use. */
export interface DashboardRoutesDeps {
  dashboards: DashboardService;
  audit: AuditLog;
}

const TAG = 'dashboards';
const ONE = { 200: { description: 'The dashboard', schema: dashboardSchema } };
const params = z.object({ id: uuidParam });
const listQuery = pageQuery.extend({
  search: z.string().min(1).max(200).optional().meta({ description: 'Found in name or description' }),
  show: z.enum(DASHBOARD_SHOWS).optional().meta({ description: 'mine: your own; public: those that everybody sees. By default both' }),
});
const placeSchema = z.object({ name: z.string().max(200), id: z.uuid() });

/** What somebody sees depends on who he is, and on whether he administers. */
const CACHED: CachedRoute = {
  region: 'dashboards',
  reads: ['dashboards', 'users'],
  viewer: ({ principal }) =>
    JSON.stringify([principal.kind === 'user' ? principal.userId : null, principal.permissions.has('users:write')]),
};

/** CRUD of dashboards. */
export function dashboardRoutes(deps: DashboardRoutesDeps): Route[] {
  return [listRoute(deps), createRoute(deps), getRoute(deps), replaceRoute(deps), patchRoute(deps), removeRoute(deps)];
}

function listRoute({ dashboards }: DashboardRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/dashboards',
    permission: 'dashboards:read',
    tag: TAG,
    summary: 'List dashboards',
    description: 'Public ones and your own; administrators see all.',
    query: listQuery,
    responses: { 200: { description: 'Dashboards by name', schema: pageOf(dashboardSummarySchema) } },
    cached: CACHED,
    handler: async (request) => {
      const limit = limitOf(request.query);
      const { search, show, cursor } = request.query;
      const after = readCursor(cursor, placeSchema);
      const rows = await dashboards.list({ viewer: authorOf(request), search, show, after, limit: limit + 1 });
      return ok(pageOfRows(rows, limit, { item: (dashboard) => dashboard, key: ({ name, id }) => ({ name, id }) }));
    },
  });
}

function createRoute({ dashboards }: DashboardRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/dashboards',
    permission: 'dashboards:write',
    tag: TAG,
    summary: 'Create a dashboard',
    description: 'It is yours. One that a program makes has no owner and must be public.',
    body: dashboardContentSchema,
    responses: { 201: { description: 'Created', schema: dashboardSchema } },
    problems: ['CONFLICT'],
    handler: async (request) => {
      const dashboard = await dashboards.create(authorOf(request), request.body);
      request.setHeader('Location', `/api/v1/dashboards/${dashboard.id}`);
      return created(dashboard);
    },
  });
}

function getRoute({ dashboards }: DashboardRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/dashboards/{id}',
    permission: 'dashboards:read',
    tag: TAG,
    summary: 'One dashboard',
    params,
    responses: ONE,
    cached: CACHED,
    handler: async (request) => ok(await dashboards.get(authorOf(request), request.params.id)),
  });
}

function replaceRoute({ dashboards, audit }: DashboardRoutesDeps): Route {
  return defineRoute({
    method: 'put',
    path: '/dashboards/{id}',
    permission: 'dashboards:write',
    tag: TAG,
    summary: 'Replace a dashboard',
    description:
      'What is not sent gets its default. Public dashboards may be changed by everybody with the permission, hidden by their owner.',
    params,
    body: replaceDashboardSchema,
    responses: ONE,
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { version, ...content } = request.body;
      const edit = { id: request.params.id, version, action: 'dashboard.replace' as const };
      const edited = dashboards.edit(authorOf(request), edit, () => content);
      return ok(await orRecordRefusal(edited, audit, request, { action: edit.action, target: edit.id }));
    },
  });
}

function patchRoute({ dashboards, audit }: DashboardRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: '/dashboards/{id}',
    permission: 'dashboards:write',
    tag: TAG,
    summary: 'Change fields of a dashboard',
    description: 'A field that is sent replaces the whole field; what comes of it is checked as a whole dashboard.',
    params,
    body: patchDashboardSchema,
    responses: ONE,
    problems: ['CONFLICT'],
    handler: async (request) => {
      const { version, ...fields } = request.body;
      const edit = { id: request.params.id, version, action: 'dashboard.change' as const };
      const edited = dashboards.edit(authorOf(request), edit, (content) =>
        validate(dashboardContentSchema, { ...content, ...fields }, 'body'),
      );
      return ok(await orRecordRefusal(edited, audit, request, { action: edit.action, target: edit.id }));
    },
  });
}

function removeRoute({ dashboards }: DashboardRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: '/dashboards/{id}',
    permission: 'dashboards:write',
    tag: TAG,
    summary: 'Remove a dashboard',
    params,
    responses: { 204: { description: 'Removed' } },
    handler: async (request) => {
      await dashboards.remove(authorOf(request), request.params.id);
      return noContent;
    },
  });
}

/** Administrators are those who may manage people: nothing of a person's can be kept from them anyway. */
function authorOf({ caller: { principal }, address }: { caller: Caller; address: string }): DashboardAuthor {
  return {
    tenantId: principal.tenantId,
    userId: principal.kind === 'user' ? principal.userId : undefined,
    isAdministrator: principal.permissions.has('users:write'),
    actor: actorOf(principal),
    address,
  };
}
