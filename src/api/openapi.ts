import { z } from 'zod';
import { createDocument } from 'zod-openapi';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { LANGUAGES } from '../core/language.ts';
import { PERMISSIONS } from '../core/permissions.ts';
import { BODY_EXAMPLES } from './documents/examples.ts';
import { problemComponents, problemResponsesOf } from './documents/problem-responses.ts';
import { rolesWith } from './documents/permissions.ts';
import type { RateClass, Route } from './route.ts';

/** What a file is, as far as the document goes. */
const TEXT = { type: 'string' } as const;
const SECURITY = [{ bearer: [] }, { apiKey: [] }, { session: [] }];

const DESCRIPTION = `Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`: [all codes](/api/v1/docs/errors).
Who may do what: [roles and permissions](/api/v1/docs/permissions).
Lists answer \`items\` and \`next_cursor\`; send it back as \`cursor\` until it is null. Times are ISO 8601 UTC.`;

/** What the groups are about, in the order in which they are shown; others follow. */
const TAGS: Readonly<Record<string, string>> = {
  auth: 'Logging in and out, and who am I',
  users: 'People of the installation',
  roles: 'What people may do',
  audit: 'Who did what, from where',
  'api-keys': 'Keys of gateways and programs',
  devices: 'Devices with their keys, status, quantities and commands',
  telemetry: 'Sending and reading what devices measure',
  rules: 'What raises alerts: stored rules, their versions, and trying them',
  alerts: 'What rules raised, and what people did about it',
  dashboards: 'Screens made of widgets',
  flows: 'What is deployed in the editor, as files and versions',
  settings: 'The installation',
};

const LANGUAGE_HEADER = z.object({
  'Accept-Language': z
    .string()
    .optional()
    .meta({ description: `Language of the sentences: ${LANGUAGES.join(', ')}; anything else and without it English`, examples: ['es'] }),
});

const RATES: Readonly<Record<RateClass, string>> = {
  none: 'It has a limit of its own.',
  analytics: 'At most 30 requests a minute, together with other analytics.',
  devices: 'At most 100 requests a minute, together with others of devices.',
  telemetry: 'At most 200 requests a minute for people; for devices as set on the key.',
  tests: 'At most 10 requests a minute, together with other tests: each opens connections to where the caller says.',
  other: 'At most 300 requests a minute, together with others of no class of their own.',
};

/** The OpenAPI 3.1 document of the same objects that the router is built from. */
export function buildOpenApi(routes: readonly Route[], version: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  const used = new Set(routes.map((route) => route.tag));
  const tags = [...new Set([...Object.keys(TAGS), ...used])].filter((name) => used.has(name));
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'INSA IIoT Platform',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: DESCRIPTION,
    },
    servers: [{ url: '/api/v1' }],
    tags: tags.map((name) => ({ name, ...(TAGS[name] === undefined ? {} : { description: TAGS[name] }) })),
    paths,
    components: {
      responses: problemComponents(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Access token of POST /auth/login' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'Key of a device, gateway or program' },
        session: { type: 'apiKey', in: 'cookie', name: 'insa_session', description: 'Cookie of the dashboard' },
      },
    },
  });
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { permission, body, rate = 'other' } = route;
  return {
    operationId: operationIdOf(route),
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, whoMay(route), RATES[rate]].filter((text) => text !== undefined).join('\n\n'),
    'x-permission': permission,
    'x-rate-class': rate,
    security: permission === 'public' ? [] : SECURITY,
    ...requestParamsOf(route),
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: route.bodyMode !== 'optional', content: { [bodyTypeOf(route)]: { schema: body, ...exampleOf(route) } } },
        }),
    responses: responsesOf(route),
  };
}

function requestParamsOf({ params, query, isSpoken = false }: Route) {
  const given = {
    ...(params === undefined ? {} : { path: params }),
    ...(query === undefined ? {} : { query }),
    ...(isSpoken ? { header: LANGUAGE_HEADER } : {}),
  };
  return Object.keys(given).length === 0 ? {} : { requestParams: given };
}

function whoMay({ permission }: Route): string {
  if (permission === 'public') return 'Open to everybody.';
  if (permission === 'authenticated') return 'For anybody who is known.';
  return `Needs the permission \`${permission}\` (${PERMISSIONS[permission]}): ${rolesWith(permission).join(', ')}.`;
}

function responsesOf(route: Route): ZodOpenApiResponsesObject {
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  for (const [status, { description, schema, contentTypes = ['application/json'] }] of Object.entries(route.responses)) {
    const content = Object.fromEntries(
      contentTypes.map((type) => [type, { schema: type === 'application/json' ? (schema ?? TEXT) : TEXT }]),
    );
    responses[status] = schema === undefined && contentTypes[0] === 'application/json' ? { description } : { description, content };
  }
  return { ...responses, ...problemResponsesOf(route) };
}

function exampleOf({ method, path }: Route): { example?: unknown } {
  const example = BODY_EXAMPLES[`${method.toUpperCase()} ${path}`];
  return example === undefined ? {} : { example };
}

function bodyTypeOf(route: Route): string {
  return route.bodyMode === 'csv' ? 'text/csv' : 'application/json';
}

/** `get_devices_device_id_series`: stable names for generated clients. */
function operationIdOf(route: Route): string {
  return `${route.method}${route.path.replaceAll(/[^A-Za-z0-9]+/g, '_')}`.replace(/_$/, '');
}
