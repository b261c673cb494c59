import type pg from 'pg';
import { DATABASE_POOLS } from '../contracts/metrics.ts';
import type { DatabasePool } from '../contracts/metrics.ts';
import { BucketCounts, SECONDS_BOUNDS } from '../core/bucket-counts.ts';

/** How long the statements of each pool took, seconds: from the call until the answer was there, the wait for a connection excepted. */
export class QueryTally {
  private readonly took = new Map<DatabasePool, BucketCounts>(DATABASE_POOLS.map((pool) => [pool, new BucketCounts(SECONDS_BOUNDS)]));

  of(pool: DatabasePool): BucketCounts | undefined {
    return this.took.get(pool);
  }
}

/** Times every statement of a connection, whether it answers by a promise or by a callback; streams are not timed. */
export function timeQueries(client: pg.ClientBase, took: BucketCounts): void {
  const query: unknown = Reflect.get(client, 'query');
  if (typeof query !== 'function') return;
  const timed = (...given: unknown[]): unknown => {
    const startedAt = performance.now();
    const ended = (): void => took.observe((performance.now() - startedAt) / 1_000);
    const answer: unknown = Reflect.apply(query, client, withCallback(given, ended));
    if (answer instanceof Promise) void answer.then(ended, ended);
    return answer;
  };
  Reflect.defineProperty(client, 'query', { configurable: true, writable: true, value: timed });
}

/** The same arguments; a callback among them, which is the last one, is told of first. */
function withCallback(given: unknown[], ended: () => void): unknown[] {
  const callback = given.at(-1);
  if (typeof callback !== 'function') return given;
  const told = (...answer: unknown[]): void => {
    ended();
    Reflect.apply(callback, undefined, answer);
  };
  return [...given.slice(0, -1), told];
}
