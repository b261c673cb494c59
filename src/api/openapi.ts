import { createDocument } from 'zod-openapi';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { problemSchema } from '../contracts/common.ts';
import type { Route } from './route.ts';

/** What a file is, as far as the document goes. */
const TEXT = { type: 'string' } as const;
const SECURITY = [{ bearer: [] }, { apiKey: [] }, { session: [] }];

/** The OpenAPI 3.1 document of the same objects that the router is built from. */
export function buildOpenApi(routes: readonly Route[], version: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'INSA IIoT Platform',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Errors are `application/problem+json` (RFC 9457) with a stable `code`. Lists answer `items` and `next_cursor`; send it back as `cursor`. Times are ISO 8601 UTC.',
    },
    servers: [{ url: '/api/v1' }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Access token of POST /auth/login' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'Key of a device, gateway or program' },
        session: { type: 'apiKey', in: 'cookie', name: 'insa_session', description: 'Cookie of the dashboard' },
      },
    },
  });
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { permission, params, query, body } = route;
  const needs =
    permission === 'public'
      ? 'Open to everybody.'
      : permission === 'authenticated'
        ? 'For anybody who is known.'
        : `Needs the permission \`${permission}\`.`;
  return {
    operationId: operationIdOf(route),
    tags: [route.tag],
    summary: route.summary,
    description: route.description === undefined ? needs : `${route.description}\n\n${needs}`,
    security: permission === 'public' ? [] : SECURITY,
    ...(params === undefined && query === undefined
      ? {}
      : { requestParams: { ...(params === undefined ? {} : { path: params }), ...(query === undefined ? {} : { query }) } }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: route.bodyMode !== 'optional', content: { [bodyTypeOf(route)]: { schema: body } } } }),
    responses: responsesOf(route),
  };
}

function responsesOf(route: Route): ZodOpenApiResponsesObject {
  const responses: Record<string, object> = {};
  for (const [status, { description, schema, contentTypes = ['application/json'] }] of Object.entries(route.responses)) {
    const content = Object.fromEntries(contentTypes.map((type) => [type, { schema: schema ?? TEXT }]));
    responses[status] = schema === undefined && contentTypes[0] === 'application/json' ? { description } : { description, content };
  }
  return {
    ...responses,
    default: { description: 'A refusal or an error', content: { 'application/problem+json': { schema: problemSchema } } },
  };
}

function bodyTypeOf(route: Route): string {
  return route.bodyMode === 'csv' ? 'text/csv' : 'application/json';
}

/** `get_devices_device_id_series`: stable names for generated clients. */
function operationIdOf(route: Route): string {
  return `${route.method}${route.path.replaceAll(/[^A-Za-z0-9]+/g, '_')}`.replace(/_$/, '');
}
