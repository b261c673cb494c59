import type { NextFunction, Request, Response } from 'express';
import { BucketCounts, SECONDS_BOUNDS } from '../../core/bucket-counts.ts';

/** Requests to one route that ended alike. */
export interface RequestCounts {
  /** The template (`/api/v1/devices/{id}`), never the path that was asked for; `other` for what belongs to no route. */
  readonly route: string;
  readonly method: string;
  /** `2xx` to `5xx`; `aborted` when the client went away before the answer. */
  readonly status: string;
  /** From the head of the request until the answer was handed to the network, seconds. */
  readonly took: BucketCounts;
}

/** Methods beyond these are counted together: a client may invent any. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const ROUTE = 'countedRoute';

/** Counts requests by route, method and class of status. */
export class RequestTally {
  private readonly counts = new Map<string, RequestCounts>();

  note(request: Pick<RequestCounts, 'route' | 'method' | 'status'>, tookSeconds: number): void {
    const method = METHODS.has(request.method) ? request.method : 'other';
    const key = `${request.route} ${method} ${request.status}`;
    let counts = this.counts.get(key);
    if (counts === undefined) this.counts.set(key, (counts = { ...request, method, took: new BucketCounts(SECONDS_BOUNDS) }));
    counts.took.observe(tookSeconds);
  }

  all(): Iterable<RequestCounts> {
    return this.counts.values();
  }
}

/** Says under which name a request counts; the router that recognises it calls this. */
export function countAs(response: Response, route: string): void {
  response.locals[ROUTE] = route;
}

/** Counts every request when it has ended. */
export function countRequests(tally: RequestTally) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    response.once('close', () => {
      const named: unknown = response.locals[ROUTE];
      const status = response.writableFinished ? `${String(Math.floor(response.statusCode / 100))}xx` : 'aborted';
      const route = typeof named === 'string' ? named : 'other';
      tally.note({ route, method: request.method, status }, (performance.now() - startedAt) / 1_000);
    });
    next();
  };
}
