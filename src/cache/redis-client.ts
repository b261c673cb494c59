import { Redis } from 'ioredis';

/** A request waits this long for Redis, then it goes on without. */
const ANSWER_MS = 250;
const LONGEST_RETRY_MS = 2_000;

/**
 * A client that nobody waits for: commands fail at once while there is no connection and after 250 ms without an answer; it connects again by itself,
 * at first after 0.1 s and then every 2 s. `connect()` is the caller's, and so is a listener for `error`.
 */
export function impatientClient(url: string): Redis {
  return new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: ANSWER_MS,
    connectTimeout: LONGEST_RETRY_MS,
    retryStrategy: (times) => Math.min(times * 100, LONGEST_RETRY_MS),
  });
}
