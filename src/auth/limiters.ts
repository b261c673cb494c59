import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';

/** How often something may happen. */
export interface LimiterOptions {
  /** Names the counter among all; stable, because Redis keeps it over restarts. */
  name: string;
  /** How many within `durationSeconds`. */
  points: number;
  durationSeconds: number;
  /** Once exceeded, refused for this long instead of until the window ends. */
  blockSeconds?: number;
}

/** Makes counters: in this process, or in Redis so that several instances count together. */
export type LimiterFactory = (options: LimiterOptions) => RateLimiterAbstract;

/** Counters of this process. */
export const memoryLimiters: LimiterFactory = ({ name, points, durationSeconds, blockSeconds = 0 }) =>
  new RateLimiterMemory({ keyPrefix: name, points, duration: durationSeconds, blockDuration: blockSeconds });

/**
 * Counters in Redis, under `insa:limit:<name>:`. While Redis is away (or does not answer within the client's time) this process counts by
 * itself; nobody is refused for that, and nobody waits for a connection.
 */
export function redisLimiters(client: Redis): LimiterFactory {
  return (options) => {
    const { name, points, durationSeconds, blockSeconds = 0 } = options;
    return new RateLimiterRedis({
      storeClient: client,
      rejectIfRedisNotReady: true,
      keyPrefix: `insa:limit:${name}`,
      points,
      duration: durationSeconds,
      blockDuration: blockSeconds,
      insuranceLimiter: memoryLimiters(options),
    });
  };
}
