import type { z } from 'zod';
import type { CacheRegion, CacheSource } from '../contracts/cache.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Permission } from '../core/permissions.ts';
import type { Principal } from '../core/principal.ts';
import type { Session } from '../auth/types.ts';

/** Who may call a route: holders of a permission, anybody who is known, or everybody. */
export type RoutePermission = Permission | 'authenticated' | 'public';

/** Whoever calls, known and checked. People bring the login that proved them. */
export interface Caller {
  principal: Principal;
  session: Session | undefined;
}

/** What a handler gets: everything validated. */
export interface RouteRequest<Allowed extends RoutePermission, Params, Query, Body> {
  caller: Allowed extends 'public' ? undefined : Caller;
  params: Params;
  query: Query;
  body: Body;
  /** The client's address, as far as configured proxies are believed. */
  address: string;
  requestId: string;
  /** True when the client came over TLS. */
  secure: boolean;
  /** A header of the request; undefined when it is not there. */
  header(name: string): string | undefined;
  /** Sets headers of the answer, also of one that refuses. */
  setHeader(name: string, value: string): void;
}

/** Text that is sent as it comes, so that no answer is held whole in memory. */
export interface StreamedBody {
  /** Such as `text/csv; charset=utf-8`. */
  contentType: string;
  /** What a browser calls the file it keeps; without it the answer is shown like any other. */
  fileName?: string;
  /** Ends early (its `return` is called) when the client goes away. */
  chunks: AsyncIterable<string>;
}

/** What a handler answers: a body, one that is JSON text already, or a stream; none of them: nothing is sent. */
export interface RouteReply {
  status: number;
  body?: unknown;
  json?: string;
  stream?: StreamedBody;
}

/** One way a route answers; JSON unless `contentTypes` says otherwise. */
export interface RouteResponse {
  description: string;
  schema?: z.ZodType;
  contentTypes?: readonly string[];
}

/** How a body is read: JSON, JSON or nothing, its bytes (the handler reads them; `body` only documents it), or the text of a CSV file. */
export type BodyMode = 'json' | 'optional' | 'raw' | 'csv';

/** Which of the limits per minute counts a route (REQUIREMENTS, section 5); `none` for what has a limit of its own. */
export type RateClass = 'none' | 'analytics' | 'devices' | 'telemetry' | 'tests' | 'other';

/**
 * That the answer of a route may be given again, to the same question: the tenant, the path, the query and (of a spoken one) the language. Who may call it is
 * checked each time. Its handler sets no headers, and answers a body or JSON.
 */
export interface CachedRoute {
  region: CacheRegion;
  /** What the answer is made of: a write to one of them ends it. */
  reads: readonly CacheSource[];
  /** Of these tables one row alone: the one whose id is the parameter `param` of the path. */
  row?: { of: readonly CacheSource[]; param: string };
  /** Where the answer depends on who asks: everything of him that it depends on. */
  viewer?: (caller: Caller) => string;
  /** Given: only questions for which it answers true. */
  when?: (query: Readonly<Record<string, unknown>>) => boolean;
}

interface RouteShape<Allowed extends RoutePermission> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Under `/api/v1`, parameters in braces: `/devices/{device_id}`. */
  path: string;
  permission: Allowed;
  /** The group it stands in, in the documents. */
  tag: string;
  summary: string;
  description?: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Answers sentences for people, in the language of the header `Accept-Language` (`listenerOf`). */
  isSpoken?: boolean;
  /** The body's schema; with `bodyMode: 'csv'` of its text. */
  body?: z.ZodType;
  /** `json` unless given. */
  bodyMode?: BodyMode;
  /** Unless given: `analytics`, `devices` or `telemetry` by the first word of the path, otherwise `other`. */
  rate?: RateClass;
  responses: Readonly<Record<number, RouteResponse>>;
  /** Unless given, every request is answered anew. */
  cached?: CachedRoute;
  /**
   * How it may refuse beyond what its other parts say: a known caller without the permission (403), a path with an id (404), a request
   * that is not valid (400) or has a body (413, 415) need no word here; a `CONFLICT` does. Tests fail for a refusal that is declared nowhere.
   */
  problems?: readonly ErrorCode[];
}

/** A route as the registry sees it: one object is the route, its guard, its validation and its documentation. */
export interface Route extends RouteShape<RoutePermission> {
  handle(request: RouteRequest<RoutePermission, unknown, unknown, unknown>): Promise<RouteReply>;
}

type Output<Schema, Mode, None> = Mode extends 'raw' ? Buffer : Schema extends z.ZodType ? z.output<Schema> : None;

/** A route with the types of its parts, as it is written. */
export interface RouteSpec<
  Allowed extends RoutePermission,
  Params extends z.ZodObject | undefined,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodType | undefined,
  Mode extends BodyMode,
> extends Omit<RouteShape<Allowed>, 'params' | 'query' | 'body' | 'bodyMode'> {
  params?: Params;
  query?: Query;
  body?: Body;
  bodyMode?: Mode;
  handler: (
    request: RouteRequest<Allowed, Output<Params, 'json', undefined>, Output<Query, 'json', undefined>, Output<Body, Mode, undefined>>,
  ) => Promise<RouteReply>;
}

/** Makes a route of its definition. The registry hands the handler only what its own schemas have let through. */
export function defineRoute<
  const Allowed extends RoutePermission,
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  Mode extends BodyMode = 'json',
>(spec: RouteSpec<Allowed, Params, Query, Body, Mode>): Route {
  const { handler, params, query, body, bodyMode, ...shape } = spec;
  return {
    ...shape,
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
    ...(bodyMode === undefined ? {} : { bodyMode }),
    // The one place where the types of a route's parts are forgotten and (here) remembered: the registry parses by the same schemas.
    handle: (request) => handler(request as Parameters<typeof handler>[0]),
  };
}

/** 200 with a body. */
export function ok(body: unknown): RouteReply {
  return { status: 200, body };
}

/** 200 with a file, or another long text, that is sent while it is made. */
export function streamed(stream: StreamedBody): RouteReply {
  return { status: 200, stream };
}

/** 201 with what was created. */
export function created(body: unknown): RouteReply {
  return { status: 201, body };
}

/** 204. */
export const noContent: RouteReply = { status: 204 };
