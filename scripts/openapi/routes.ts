import type { ApiDeps } from '../../src/api/index.ts';
import { allRoutes } from '../../src/api/index.ts';
import type { Route } from '../../src/api/route.ts';

/** Answers itself to whatever is read of it, called or constructed. */
const nothing: unknown = new Proxy(Object, {
  get: (_target, name) => (typeof name === 'symbol' || name === 'then' ? undefined : nothing),
  apply: () => nothing,
  construct: () => nothing as object,
});

/** Every route, bound to nothing: routes are plain definitions that use what they are given in their handlers alone. */
export function documentedRoutes(): readonly Route[] {
  return allRoutes(nothing as ApiDeps);
}
