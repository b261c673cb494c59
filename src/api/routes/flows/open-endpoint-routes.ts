import { changesOf } from '../../../auth/audit-changes.ts';
import type { AuditLog } from '../../../auth/audit.ts';
import { openEndpointsSchema } from '../../../contracts/flows.ts';
import type { OpenEndpoints } from '../../../flows/open-endpoints.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { recordDone } from '../shared.ts';
import { FLOWS_TAG } from './flow-routes.ts';

/** What these routes use. */
export interface OpenEndpointRoutesDeps {
  openEndpoints: OpenEndpoints;
  audit: AuditLog;
}

/** Which endpoints of flows answer without a key. */
export function openEndpointRoutes(deps: OpenEndpointRoutesDeps): Route[] {
  return [getOpenEndpoints(deps), putOpenEndpoints(deps)];
}

function getOpenEndpoints({ openEndpoints }: OpenEndpointRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/flows/open-endpoints',
    permission: 'settings:write',
    tag: FLOWS_TAG,
    summary: 'The endpoints under /flows that answer without a key',
    responses: { 200: { description: 'The endpoints', schema: openEndpointsSchema } },
    problems: ['NOT_FOUND'],
    handler: ({ caller }) => Promise.resolve(ok({ endpoints: openEndpoints.list(caller.principal.tenantId) })),
  });
}

function putOpenEndpoints({ openEndpoints, audit }: OpenEndpointRoutesDeps): Route {
  return defineRoute({
    method: 'put',
    path: '/flows/open-endpoints',
    permission: 'settings:write',
    tag: FLOWS_TAG,
    summary: 'Open endpoints under /flows, and close all others',
    description: 'Counts at once. Paths are those of the `http in` nodes and match exactly, capital letters included.',
    body: openEndpointsSchema,
    responses: { 200: { description: 'The endpoints that are open now', schema: openEndpointsSchema } },
    problems: ['NOT_FOUND'],
    handler: async (request) => {
      const { tenantId } = request.caller.principal;
      const before = await openEndpoints.replace(tenantId, request.body.endpoints);
      const endpoints = openEndpoints.list(tenantId);
      const details = changesOf({ endpoints: before }, { endpoints });
      await recordDone(audit, request, { action: 'settings.change', target: 'flows.open_endpoints', details: { ...details } });
      return ok({ endpoints });
    },
  });
}
