import { z } from 'zod';
import { pageOf } from '../../../contracts/common.ts';
import {
  newWebhookSchema,
  patchWebhookSchema,
  rotateWebhookSchema,
  webhookSchema,
  webhookWithSecretSchema,
} from '../../../contracts/webhooks.ts';
import { actorOf } from '../../../core/principal.ts';
import type { EndpointAuthor, EndpointService } from '../../../notify/webhooks/endpoint-service.ts';
import { limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { created, defineRoute, noContent, ok } from '../../route.ts';
import type { Caller, Route } from '../../route.ts';
import { pageQuery, uuidParam } from '../shared.ts';

/** What the routes of webhooks use. */
export interface WebhookRoutesDeps {
  webhooks: EndpointService;
}

const TAG = 'webhooks';
const PERMISSION = 'webhooks:write';
const params = z.object({ id: uuidParam });
const placeSchema = z.object({ name: z.string().max(200), id: z.uuid() });

/** The URLs that webhooks go to, and their secrets. */
export function webhookRoutes(deps: WebhookRoutesDeps): Route[] {
  return [listRoute(deps), createRoute(deps), patchRoute(deps), rotateRoute(deps), removeRoute(deps)];
}

function listRoute({ webhooks }: WebhookRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/webhooks',
    permission: PERMISSION,
    tag: TAG,
    summary: 'List the URLs of webhooks that are registered or disabled',
    description: 'Without their secrets. A URL that is not listed is signed for with the secret of the installation.',
    query: pageQuery,
    responses: { 200: { description: 'Webhooks by name', schema: pageOf(webhookSchema) } },
    handler: async (request) => {
      const limit = limitOf(request.query);
      const { tenantId } = request.caller.principal;
      const rows = await webhooks.list({ tenantId, after: readCursor(request.query.cursor, placeSchema), limit: limit + 1 });
      return ok(pageOfRows(rows, limit, { item: (webhook) => webhook, key: ({ name, id }) => ({ name, id }) }));
    },
  });
}

function createRoute({ webhooks }: WebhookRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/webhooks',
    permission: PERMISSION,
    tag: TAG,
    summary: 'Register a URL with a secret of its own',
    description: 'The secret is in this answer and nowhere else.',
    body: newWebhookSchema,
    responses: { 201: { description: 'Registered', schema: webhookWithSecretSchema } },
    problems: ['CONFLICT'],
    handler: async (request) => created(await webhooks.create(authorOf(request), request.body)),
  });
}

function patchRoute({ webhooks }: WebhookRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: '/webhooks/{id}',
    permission: PERMISSION,
    tag: TAG,
    summary: 'Rename, enable or disable a webhook',
    params,
    body: patchWebhookSchema,
    responses: { 200: { description: 'The webhook', schema: webhookSchema } },
    handler: async (request) => ok(await webhooks.change(authorOf(request), request.params.id, request.body)),
  });
}

function rotateRoute({ webhooks }: WebhookRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/webhooks/{id}/rotate',
    permission: PERMISSION,
    tag: TAG,
    summary: 'Make another secret',
    description:
      'Requests are signed with the old and the new one until `previous_secret_until`. The new one is in this answer and nowhere else.',
    params,
    body: rotateWebhookSchema,
    bodyMode: 'optional',
    responses: { 200: { description: 'The webhook with its new secret', schema: webhookWithSecretSchema } },
    handler: async (request) => ok(await webhooks.rotate(authorOf(request), request.params.id, request.body.overlap_seconds)),
  });
}

function removeRoute({ webhooks }: WebhookRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: '/webhooks/{id}',
    permission: PERMISSION,
    tag: TAG,
    summary: 'Forget a webhook',
    description: 'Its URL is signed for with the secret of the installation from now on; rules that name it go on sending.',
    params,
    responses: { 204: { description: 'Removed' } },
    handler: async (request) => {
      await webhooks.remove(authorOf(request), request.params.id);
      return noContent;
    },
  });
}

function authorOf({ caller: { principal }, address }: { caller: Caller; address: string }): EndpointAuthor {
  return { tenantId: principal.tenantId, actor: actorOf(principal), address };
}
