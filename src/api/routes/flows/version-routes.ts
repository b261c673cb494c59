import { z } from 'zod';
import { pageOf } from '../../../contracts/common.ts';
import { flowDeploymentSchema, flowRollbackSchema, flowVersionDetailSchema, flowVersionSchema } from '../../../contracts/flows.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { pageQuery, uuidParam } from '../shared.ts';
import { flowAuthorOf, FLOWS_TAG } from './flow-routes.ts';
import type { FlowRoutesDeps } from './flow-routes.ts';

const versionParams = z.object({ id: uuidParam });
const numberCursor = z.int().min(1);

/** What was deployed before, and the way back. */
export function flowVersionRoutes(deps: FlowRoutesDeps): Route[] {
  return [listVersions(deps), getVersion(deps), rollback(deps)];
}

function listVersions({ flows }: FlowRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/flows/versions',
    permission: 'flows:read',
    tag: FLOWS_TAG,
    summary: 'The versions of the flows',
    description: 'Every deployment that changed something, from wherever it came; the newest 200 are kept.',
    query: pageQuery,
    responses: { 200: { description: 'Versions, newest first', schema: pageOf(flowVersionSchema) } },
    problems: ['NOT_FOUND'],
    handler: async ({ caller, query }) => {
      const limit = limitOf(query);
      const beforeNumber = readCursor(query.cursor, numberCursor);
      const rows = await flows.list({ tenantId: caller.principal.tenantId, beforeNumber, limit: limit + 1 });
      return ok(pageOfRows(rows, limit, { item: (version) => version, key: ({ number }) => number }));
    },
  });
}

function getVersion({ flows }: FlowRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/flows/versions/{id}',
    permission: 'flows:read',
    tag: FLOWS_TAG,
    summary: 'One version, with its flows and what it changed',
    params: versionParams,
    responses: { 200: { description: 'The version', schema: flowVersionDetailSchema } },
    handler: async ({ caller, params }) => ok(await flows.version(caller.principal.tenantId, params.id)),
  });
}

function rollback({ flows }: FlowRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/flows/versions/{id}/rollback',
    permission: 'flows:write',
    tag: FLOWS_TAG,
    summary: 'Deploy an earlier version again',
    description: 'It becomes a new version. Nodes that come back come without the credentials they had.',
    params: versionParams,
    body: flowRollbackSchema,
    bodyMode: 'optional',
    responses: { 200: { description: 'What was done, or would be', schema: flowDeploymentSchema } },
    problems: ['CONFLICT'],
    handler: async (request) => ok(await flows.rollback(flowAuthorOf(request), request.params.id, request.body)),
  });
}
