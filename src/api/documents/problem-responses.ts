import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { problemSchema } from '../../contracts/common.ts';
import { AppError, ERROR_CODES } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { problemOf } from '../problem.ts';
import type { Route } from '../route.ts';

const PROBLEM = 'application/problem+json';
/** Codes of the configuration and of the start: no request is ever answered with them. */
const NEVER_ANSWERED: readonly ErrorCode[] = ['INVALID_CONFIG', 'ALREADY_RUNNING', 'SCHEMA_TOO_NEW'];
const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

/** An example of `detail` where a bare title would say too little. */
const EXAMPLES: Partial<Record<ErrorCode, AppError>> = {
  INVALID_REQUEST: new AppError('INVALID_REQUEST', '"limit" is "0"; it must be at least 1.', {
    errors: [{ field: 'limit', message: '"limit" is "0"; it must be at least 1.' }],
  }),
  FORBIDDEN: new AppError('FORBIDDEN', 'This needs the permission "devices:write", which ana does not have. Ask an administrator.', {
    details: { permission: 'devices:write' },
  }),
  NOT_FOUND: new AppError('NOT_FOUND', 'There is no device "pump-99". GET /api/v1/devices lists those that exist.'),
  RATE_LIMITED: new AppError('RATE_LIMITED', 'There were too many requests (at most 300 a minute). Wait 12 s.'),
};

/** The statuses below 500 with which a route may refuse, ascending: by what it declares, and by what its parts imply. */
export function problemStatusesOf(route: Route): readonly number[] {
  const statuses = new Set<number>([
    ERROR_CODES.INVALID_REQUEST.status,
    ERROR_CODES.RATE_LIMITED.status,
    ...(route.problems ?? []).map((code) => ERROR_CODES[code].status),
  ]);
  if (route.permission !== 'public') statuses.add(401);
  if (route.permission !== 'public' && route.permission !== 'authenticated') statuses.add(403);
  if (route.params !== undefined) statuses.add(404);
  if (route.body !== undefined) statuses.add(413).add(415);
  return [...statuses].filter((status) => status < 500).sort((a, b) => a - b);
}

/** The refusals of a route, each by reference to the one description of its status. */
export function problemResponsesOf(route: Route): Record<string, { $ref: string }> {
  const statuses = [...problemStatusesOf(route).map(String), 'default'];
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/${nameOf(status)}` }]));
}

/** What those references stand for. */
export function problemComponents(): Record<string, ZodOpenApiResponseObject> {
  const statuses = [...new Set(CODES.map((code) => ERROR_CODES[code].status))].filter((status) => status < 500 && status !== 405);
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  for (const status of statuses) responses[nameOf(String(status))] = responseOf(codesOf((code) => ERROR_CODES[code].status === status));
  responses[nameOf('default')] = responseOf(codesOf((code) => ERROR_CODES[code].status >= 500 || ERROR_CODES[code].status === 405));
  return responses;
}

function codesOf(wanted: (code: ErrorCode) => boolean): readonly ErrorCode[] {
  return CODES.filter((code) => !NEVER_ANSWERED.includes(code) && wanted(code));
}

function responseOf(codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
  const waits = codes.some((code) => [429, 503].includes(ERROR_CODES[code].status));
  return {
    description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].title}.`).join('\n\n'),
    ...(waits ? { headers: { 'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' as const } } } } : {}),
    content: {
      [PROBLEM]: { schema: problemSchema, examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])) },
    },
  };
}

function exampleOf(code: ErrorCode): object {
  const error = EXAMPLES[code] ?? new AppError(code, `${ERROR_CODES[code].title}.`);
  return { ...problemOf(error), instance: '/api/v1/devices', request_id: '0197f3a2-6c1e-7d3b-9a55-0242ac120002' };
}

function nameOf(status: string): string {
  return status === 'default' ? 'Problem' : `Problem${status}`;
}
