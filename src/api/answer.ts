import { rowOf } from '../contracts/cache.ts';
import type { Answers, CacheRow } from '../contracts/cache.ts';
import { AppError } from '../core/errors.ts';
import type { CachedRoute, Caller, Route, RouteReply } from './route.ts';

/** What answers are made with. */
export interface AnswerDeps {
  cache: Answers;
}

type Asked = Parameters<Route['handle']>[0];

/** The answer of a route: of its handler, or one that was given to the same question before; then its age (seconds) is in the header `Age`. */
export async function answerOf(route: Route, { cache }: AnswerDeps, request: Asked): Promise<RouteReply> {
  const { caller } = request;
  const { cached } = route;
  if (cached === undefined || caller === undefined || cached.when?.(queryOf(request)) === false) return route.handle(request);
  const { region } = cached;
  const reads = [...cached.reads, ...rowsOf(cached, request)];
  const key = keyOf(route, cached, { ...request, caller });
  const { text, ageMs } = await cache.answer({ region, reads, tenantId: caller.principal.tenantId, key }, async () =>
    textOf(route, await route.handle(request)),
  );
  sayAge(request, ageMs);
  return { status: 200, json: text };
}

/** Says in the header `Age` how long ago an answer, or the oldest part of it, was read: in whole seconds (RFC 9111, 5.1). */
export function sayAge({ setHeader }: Pick<Asked, 'setHeader'>, ageMs: number): void {
  setHeader('Age', String(Math.floor(ageMs / 1_000)));
}

/** Everything that decides the answer but the tenant. */
function keyOf(route: Route, { viewer }: CachedRoute, request: Asked & { caller: Caller }): string {
  const language = route.isSpoken === true ? request.header('accept-language') : undefined;
  const { params, caller } = request;
  return JSON.stringify([route.path, params, sorted(queryOf(request)), language, viewer?.(caller)]);
}

function rowsOf({ row }: CachedRoute, { params }: Asked): CacheRow[] {
  if (row === undefined) return [];
  const id: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, row.param) : undefined;
  if (typeof id !== 'string') throw new AppError('INTERNAL', `A cached route has no parameter "${row.param}" in its path.`);
  return row.of.map((table) => rowOf(table, id));
}

function queryOf({ query }: Asked): Readonly<Record<string, unknown>> {
  return typeof query === 'object' && query !== null ? { ...query } : {};
}

/** The same question, in whichever order it is asked. */
function sorted(query: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(query).sort(([left], [right]) => (left < right ? -1 : 1));
}

function textOf(route: Route, { status, body, json, stream }: RouteReply): string {
  if (status === 200 && stream === undefined) return json ?? JSON.stringify(body);
  throw new AppError('INTERNAL', `The route GET ${route.path} is cached and did not answer 200 with JSON.`);
}
