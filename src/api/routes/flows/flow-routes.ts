import { flowDeploymentSchema, flowFileSchema, flowImportSchema, flowsSchema } from '../../../contracts/flows.ts';
import type { FlowAuthor, FlowDeployments } from '../../../flows/flow-deployments.ts';
import { actorOf } from '../../../core/principal.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Caller, Route } from '../../route.ts';

/** What routes of flows use. */
export interface FlowRoutesDeps {
  flows: FlowDeployments;
}

/** Where these routes stand in the documents. */
export const FLOWS_TAG = 'flows';

/** Who asks, as a deployment is written down. */
export function flowAuthorOf({ caller, address }: { caller: Caller; address: string }): FlowAuthor {
  return { tenantId: caller.principal.tenantId, author: actorOf(caller.principal), address };
}

/** The deployed flows as files, and back. */
export function flowRoutes(deps: FlowRoutesDeps): Route[] {
  return [getFlows(deps), exportFlows(deps), importFlows(deps)];
}

function getFlows({ flows }: FlowRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/flows',
    permission: 'flows:read',
    tag: FLOWS_TAG,
    summary: 'The deployed flows',
    description: 'Without the credentials of their nodes.',
    responses: { 200: { description: 'The flows with the version that names them', schema: flowsSchema } },
    problems: ['NOT_FOUND'],
    handler: async ({ caller }) => ok(await flows.current(caller.principal.tenantId)),
  });
}

function exportFlows({ flows }: FlowRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/flows/export',
    permission: 'flows:read',
    tag: FLOWS_TAG,
    summary: 'The deployed flows as a file',
    description: 'A list of nodes, as the import of the editor and POST /flows/import take it, without credentials.',
    responses: { 200: { description: 'The nodes', schema: flowFileSchema } },
    problems: ['NOT_FOUND'],
    handler: async (request) => {
      const { flows: nodes } = await flows.current(request.caller.principal.tenantId);
      request.setHeader('Content-Disposition', 'attachment; filename="insa-flows.json"');
      return ok(nodes);
    },
  });
}

function importFlows({ flows }: FlowRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/flows/import',
    permission: 'flows:write',
    tag: FLOWS_TAG,
    summary: 'Check flows, show what they would change, and deploy them',
    description:
      'Unknown node types, broken wires, missing tabs and configuration nodes and bad settings of iiot nodes are refused by name. Nodes that do not differ go on undisturbed; nodes whose id stays keep their credentials.',
    body: flowImportSchema,
    responses: { 200: { description: 'What was done, or would be', schema: flowDeploymentSchema } },
    problems: ['CONFLICT', 'NOT_FOUND'],
    handler: async (request) => ok(await flows.import(flowAuthorOf(request), request.body)),
  });
}
