import type { Redis } from 'ioredis';
import { memoryLimiters, redisLimiters } from '../auth/limiters.ts';
import type { LimiterFactory } from '../auth/limiters.ts';
import { impatientClient } from '../cache/redis-client.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

/** Where requests and logins are counted. */
export interface Counters {
  limiters: LimiterFactory;
  /** For /health: `not used`, `ok`, or that Redis is away and this process counts by itself. */
  state(): string;
}

/** Counters of this process alone. */
export const memoryCounters: Counters = { limiters: memoryLimiters, state: () => 'not used' };

const LOOK_MS = 1_000;
const ALIVE_KEY = 'insa:limit:alive';

/**
 * Counters in Redis, so that they outlive a restart. `start()` connects and does not wait; `stop()` closes the connection. Redis that is
 * away, hangs or may not be written to is told once in the log, and again when it is back; counting goes on in this process.
 */
export class RedisCounters implements Counters {
  readonly limiters: LimiterFactory;
  private readonly client: Redis;
  private readonly logger: Logger;
  private timer: NodeJS.Timeout | undefined;
  private isWell = false;
  private isAwayTold = false;
  private isLooking = false;
  private lastError = 'it has not answered yet';

  constructor({ url, logger }: { url: string; logger: Logger }) {
    this.logger = logger.child({ part: 'redis' });
    this.client = impatientClient(url);
    // Without a listener a lost connection would end the process.
    this.client.on('error', (error: unknown) => {
      this.lastError = messageOf(error);
    });
    this.client.on('ready', () => void this.look());
    this.client.on('close', () => this.away());
    this.limiters = redisLimiters(this.client);
  }

  start(): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
    // Told by `away`; it goes on trying by itself.
    this.client.connect().catch(() => undefined);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.client.disconnect();
  }

  state(): string {
    return this.isWell ? 'ok' : 'away: counted in this process';
  }

  /** Writes, because a server that cannot be written to counts nothing. */
  private async look(): Promise<void> {
    if (this.isLooking || this.client.status !== 'ready') return;
    this.isLooking = true;
    try {
      await this.client.set(ALIVE_KEY, '1', 'EX', 60);
      this.back();
    } catch (error) {
      this.lastError = messageOf(error);
      this.away();
      // A connection that hangs would cost every request its wait; a new one is used only once the server answers on it.
      if (this.timer !== undefined && this.lastError === 'Command timed out') this.client.disconnect(true);
    } finally {
      this.isLooking = false;
    }
  }

  private back(): void {
    if (!this.isWell && this.isAwayTold) this.logger.info({}, 'Redis answers again: limits are counted there.');
    this.isWell = true;
    this.isAwayTold = false;
  }

  private away(): void {
    this.isWell = false;
    if (this.isAwayTold || this.timer === undefined) return;
    this.isAwayTold = true;
    this.logger.warn({ reason: this.lastError }, 'Redis (REDIS_URL) cannot be used: limits are counted in this process until it can.');
  }
}
