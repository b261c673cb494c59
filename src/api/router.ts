import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express from 'express';
import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { actorOf, remedyOfLack } from '../core/principal.ts';
import type { AuditLog } from '../auth/audit.ts';
import { addressOf, requestIdOf } from './middleware/context.ts';
import { authenticate } from './middleware/authenticate.ts';
import type { Authentication } from './middleware/authenticate.ts';
import { countAs } from './middleware/request-tally.ts';
import type { CountedRequest, RequestLimiter } from './middleware/request-limits.ts';
import { answerOf } from './answer.ts';
import type { AnswerDeps } from './answer.ts';
import type { Caller, Route, StreamedBody } from './route.ts';
import { validate } from './validation.ts';

/** The largest body that is read. */
const BODY_LIMIT_BYTES = 1024 * 1024;
const JSON_TYPES = ['application/json', 'application/*+json'];
const CSV_TYPES = ['text/csv'];

/** What guards routes, and where refusals are written down. */
export interface RouterDeps extends Authentication, AnswerDeps {
  audit: AuditLog;
  limits: RequestLimiter;
  /** The tenant in whose log stands what nobody known did. */
  defaultTenantId: string;
}

/** Express 5 routes from route definitions, in their order; other methods of their paths answer 405. */
export function buildRouter(routes: readonly Route[], deps: RouterDeps): Router {
  const router = express.Router({ caseSensitive: true });
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    assertGuarded(route);
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router[route.method](path, guard(route, deps), ...bodyReaders(route), answer(route, deps));
    methods.set(path, [...(methods.get(path) ?? []), route.method.toUpperCase()]);
  }
  for (const [path, allowed] of methods) router.all(path, refuseMethod(allowed));
  return router;
}

/** A route that nobody guards must not exist, whatever the compiler was told. */
function assertGuarded(route: Route): void {
  const permission: unknown = route.permission;
  if (typeof permission === 'string' && permission !== '') return;
  throw new AppError('INTERNAL', `The route ${route.method.toUpperCase()} ${route.path} declares no permission.`);
}

function refuseMethod(allowed: readonly string[]): RequestHandler {
  return (request, response) => {
    response.setHeader('Allow', allowed.join(', '));
    throw new AppError('METHOD_NOT_ALLOWED', `${request.method} is not possible here; allowed are ${allowed.join(', ')}.`);
  };
}

/** Counts the request, finds out who is calling and whether that is allowed, before a byte of the body is read. */
function guard(route: Route, deps: RouterDeps): RequestHandler {
  return async (request, response, next) => {
    countAs(response, `${request.baseUrl}${route.path}`);
    const { permission } = route;
    response.locals['route'] = `/api/v1${route.path}`;
    const counted: CountedRequest = {
      target: `${request.method} ${request.baseUrl}${request.path}`,
      address: addressOf(request),
      key: request.get('x-api-key'),
      setHeader: (name, value) => void response.setHeader(name, value),
    };
    if (permission === 'public') {
      await deps.limits.countPublic(route, counted);
      next();
      return;
    }
    const caller = await callerOf(request, counted, deps);
    response.locals['caller'] = caller;
    await deps.limits.countCaller(route, caller, counted);
    const refusal = refusalOf(caller, route);
    if (refusal !== undefined) {
      const { tenantId } = caller.principal;
      const { target, address } = counted;
      const actor = actorOf(caller.principal);
      await deps.audit.record({ tenantId, actor, action: 'api.forbidden', target, outcome: 'refused', address, details: { permission } });
      throw refusal;
    }
    next();
  };
}

async function callerOf(request: Request, counted: CountedRequest, deps: RouterDeps): Promise<Caller> {
  try {
    return await deps.limits.inTurn(counted, () => authenticate(request.headers, deps));
  } catch (error) {
    if (error instanceof AppError && error.code === 'UNAUTHENTICATED') {
      counted.setHeader('WWW-Authenticate', 'Bearer');
      await deps.limits.countStranger(counted);
      const { defaultTenantId: tenantId } = deps;
      const { target, address } = counted;
      await deps.audit.record({ tenantId, actor: 'unknown', action: 'api.unauthenticated', target, outcome: 'refused', address });
    }
    throw error;
  }
}

function refusalOf(caller: Caller, route: Route): AppError | undefined {
  const { permission } = route;
  if (permission === 'public' || permission === 'authenticated') return undefined;
  if (caller.session?.mustChangePassword === true) {
    return new AppError('PASSWORD_CHANGE_REQUIRED', 'The password must be changed before anything else; send PUT /api/v1/auth/password.');
  }
  if (caller.principal.permissions.has(permission)) return undefined;
  const message = `This needs the permission "${permission}", which ${actorOf(caller.principal)} does not have. ${remedyOfLack(caller.principal)}`;
  return new AppError('FORBIDDEN', message, { details: { permission } });
}

function bodyReaders(route: Route): RequestHandler[] {
  if (route.body === undefined) return [];
  const types = route.bodyMode === 'csv' ? CSV_TYPES : JSON_TYPES;
  return [refuseOtherTypes(types, route.bodyMode === 'optional'), bodyReader(route.bodyMode)];
}

function bodyReader(mode: Route['bodyMode']): RequestHandler {
  switch (mode) {
    case 'raw':
      return express.raw({ limit: BODY_LIMIT_BYTES, type: JSON_TYPES });
    case 'csv':
      return express.text({ limit: BODY_LIMIT_BYTES, type: CSV_TYPES });
    default:
      return express.json({ limit: BODY_LIMIT_BYTES, type: JSON_TYPES, strict: false });
  }
}

function refuseOtherTypes(types: string[], optional: boolean): RequestHandler {
  const wanted = types === CSV_TYPES ? 'CSV with "Content-Type: text/csv"' : 'JSON with "Content-Type: application/json"';
  return (request, _response, next) => {
    const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
    if (hasBody ? typeof request.is(types) === 'string' : optional) {
      next();
      return;
    }
    if (!hasBody) {
      const message = `The request has no body; send ${wanted}.`;
      throw new AppError('INVALID_REQUEST', message, { errors: [{ field: 'body', message }] });
    }
    const type = request.headers['content-type'] ?? 'missing';
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', `The Content-Type is ${type.slice(0, 100)}; send ${wanted}.`);
  };
}

function answer(route: Route, deps: AnswerDeps): RequestHandler {
  // A parameter that nobody reads is a mistake, whether or not the route reads others.
  const querySchema = (route.query ?? z.object({})).strict();
  return async (request: Request, response: Response) => {
    const caller = response.locals['caller'] as Caller | undefined;
    const reply = await answerOf(route, deps, {
      caller,
      params: route.params === undefined ? undefined : validate(route.params, request.params, 'path'),
      query: validate(querySchema, { ...request.query }, 'query'),
      body: bodyOf(route, request),
      address: addressOf(request),
      requestId: requestIdOf(response),
      secure: request.secure,
      header: (name) => request.get(name),
      setHeader: (name, value) => void response.setHeader(name, value),
    });
    response.status(reply.status);
    response.setHeader('Cache-Control', 'no-store');
    if (reply.stream !== undefined) await sendStream(response, reply.stream);
    else if (reply.json !== undefined) response.type('application/json').send(reply.json);
    else if (reply.body === undefined) response.end();
    else response.json(reply.body);
  };
}

/** A client that goes away in the middle is no error of ours; what fails before the first byte still becomes a problem. */
async function sendStream(response: Response, { contentType, fileName, chunks }: StreamedBody): Promise<void> {
  response.setHeader('Content-Type', contentType);
  if (fileName !== undefined) response.setHeader('Content-Disposition', `attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '_')}"`);
  try {
    await pipeline(Readable.from(chunks, { objectMode: false }), response);
  } catch (error) {
    if (response.closed || (error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) return;
    if (response.headersSent) {
      response.destroy();
      throw error;
    }
    response.removeHeader('Content-Disposition');
    throw error;
  }
}

/** What UTF-16 looks like when it is read as UTF-8: a byte order mark that is none, or a NUL beside the first character. */
const READ_FROM_UTF_16 = /^(\uFFFD\uFFFD|\0[^\0]|[^\0]\0)/;

function csvOf(body: unknown): string {
  if (typeof body !== 'string') return '';
  if (!READ_FROM_UTF_16.test(body)) return body;
  const message = 'The file is UTF-16 (Excel calls it "Unicode text"), not UTF-8; save the file as "CSV UTF-8".';
  throw new AppError('INVALID_REQUEST', message, { errors: [{ field: 'body', message }] });
}

function bodyOf(route: Route, request: Request): unknown {
  if (route.body === undefined) return undefined;
  const body: unknown = request.body;
  if (route.bodyMode === 'csv') return validate(route.body, csvOf(body), 'body');
  if (route.bodyMode === 'raw') return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  if (route.bodyMode === 'optional' && body === undefined) return validate(route.body, {}, 'body');
  return validate(route.body, body, 'body');
}
