import type { RequestLimits } from '../../src/api/middleware/request-limits.ts';
import { forgetting } from '../../src/app/cache.ts';
import type { LimiterFactory } from '../../src/auth/limiters.ts';
import { AnswerCache } from '../../src/cache/answer-cache.ts';
import type { Config } from '../../src/config/config.ts';
import type { CacheRegion } from '../../src/contracts/cache.ts';
import type { Health } from '../../src/contracts/common.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { TestDatabase } from '../support/postgres.ts';

/** What the fixture's tokens are signed with, for tests that sign some themselves. */
export const JWT_SECRET = 'a secret that only tests use, 32 bytes';

/** Webhooks that reach servers of tests on loopback. */
export const WEBHOOKS = {
  config: {
    webhook: { secret: 'a secret of webhooks in tests', allowCidrs: ['127.0.0.0/8'] },
    httpPort: 1880,
    mqtt: { port: 1883, tlsPort: 8883 },
    databaseUrl: undefined,
    redisUrl: undefined,
  },
  dataDir: { secret: (name: string, bytes: number) => Buffer.alloc(bytes, name).toString('base64url') },
  resolve: (hostname: string) => Promise.reject(Object.assign(new Error(hostname), { code: 'ENOTFOUND' })),
};

/** A clock that stands where the test puts it; it starts at the machine's time. */
export class TestClock {
  offsetMs = 0;
  readonly startedAtMs = new Date().getTime();
  nowMs = (): number => new Date().getTime() + this.offsetMs;
}

/** Requests are not limited unless a test is about that. */
export interface ApiFixtureOptions {
  operatorDir?: string;
  trustProxy?: string;
  limiters?: LimiterFactory;
  requestLimits?: RequestLimits;
  mail?: Partial<Config['mail']>;
  topicRoot?: string;
  metrics?: Config['metrics'];
  /** How long answers may be given again; as the platform has it unless given. */
  cacheMs?: Record<CacheRegion, number>;
}

/** As the platform has it: long enough that an answer that nobody ended is seen by any test that reads it again. */
export const CACHE_MS = {
  ...{ devices: 300_000, telemetry: 60_000, rules: 600_000, alerts: 180_000 },
  ...{ statistics: 120_000, dashboards: 600_000, permissions: 300_000 },
};

/** The configuration of mail; without a server unless given. */
export function mailConfig(mail: Partial<Config['mail']> = {}): Pick<Config, 'mail' | 'publicUrl' | 'dataDir'> {
  return { mail: { smtpUrl: undefined, from: undefined, reportTo: [], ...mail }, publicUrl: undefined, dataDir: '/nonexistent' };
}

/** Answers that are given again until the database says that what they were made of was written. */
export function startCache({
  db,
  clock,
  ttlMs,
}: {
  db: TestDatabase['db'];
  clock: Clock;
  ttlMs: Record<CacheRegion, number>;
}): AnswerCache {
  const cache = new AnswerCache({ clock, ttlMs, maxBytes: 16 * 1024 * 1024 });
  db.writes.onWritten(forgetting(cache, clock));
  return cache;
}

/** What the platform says of its health; a test changes it. */
export interface FixtureHealth {
  status: Health['status'];
  ready: boolean;
  database: string;
}

/** Reports the health as it stands at each question. */
export function healthOf(health: FixtureHealth) {
  return {
    report: () =>
      Promise.resolve({
        status: health.status,
        version: '0.1.0',
        timestamp: '',
        database: health.database,
        isolation: 'ok',
        broker: 'ok',
        flows: 'ok',
        disk: 'ok',
        redis: 'not used',
        warnings: [],
        warning_details: [],
      }),
    isReady: () => Promise.resolve(health.ready),
  };
}
