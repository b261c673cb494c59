import { z } from 'zod';
import { AnswerCache } from '../cache/answer-cache.ts';
import { RedisStore } from '../cache/redis-store.ts';
import type { Cache } from '../cache/types.ts';
import type { Config } from '../config/config.ts';
import type { Answers, CacheSource } from '../contracts/cache.ts';
import type { Clock } from '../core/clock.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from '../storage/database.ts';
import { systemFigures } from '../storage/repositories/system-figures.ts';
import type { SystemFigures } from '../storage/repositories/system-figures.ts';
import type { WriteListener, WrittenTables } from '../storage/written-tables.ts';
import type { Lifecycle } from './lifecycle.ts';

/** What the cache is made with. */
export interface CacheOptions {
  config: Pick<Config, 'redisUrl' | 'cache'>;
  writes: Pick<WrittenTables, 'onWritten'>;
  clock: Clock;
  logger: Logger;
  lifecycle: Pick<Lifecycle, 'start'>;
}

/** When devices were last heard is written every few seconds; answers that show it end for that no more often than this. */
const SEEN_MS = 30_000;
const SEEN_COLUMN = 'devices.last_seen_at';

/** Answers that many ask for: in this process, and in Redis where there is one. What is written ends those that are made of it. */
export async function startCache({ config, writes, clock, logger, lifecycle }: CacheOptions): Promise<Cache> {
  const { redisUrl: url } = config;
  const shared = url === undefined ? undefined : new RedisStore({ url, logger, newId: newUuid });
  if (shared !== undefined) await lifecycle.start('cache in Redis', shared);
  const cache = new AnswerCache({ clock, ...config.cache, shared });
  writes.onWritten(forgetting(cache, clock));
  return cache;
}

/** Ends what is made of the tables that were written. */
export function forgetting(cache: Pick<Cache, 'forget'>, clock: Clock): WriteListener {
  let seenToldAtMs = -Infinity;
  return async ({ tenantId, tables }) => {
    const nowMs = clock.nowMs();
    const isSeenDue = tables.has(SEEN_COLUMN) && Math.abs(nowMs - seenToldAtMs) >= SEEN_MS;
    if (isSeenDue) seenToldAtMs = nowMs;
    await cache.forget(
      tenantId,
      [...tables].filter((table) => table !== SEEN_COLUMN || isSeenDue),
    );
  };
}

const FIGURES_READ: readonly CacheSource[] = ['rules', 'notifications', 'notification_attempts'];
const figuresSchema = z.object({
  rulesActive: z.number(),
  waiting: z.number(),
  failed: z.number(),
  lastFailedAt: z.string().nullable(),
  emailError: z.object({ at: z.string(), reason: z.string() }).nullable(),
});

/** The figures of the status, which every open overview asks for every few seconds. */
export function cachedFigures(cache: Answers, db: Pick<Database, 'readAsTenant'>) {
  return async (tenantId: string, sinceMs: number): Promise<SystemFigures> => {
    const question = { region: 'alerts' as const, tenantId, key: 'system figures', reads: FIGURES_READ };
    const read = () => db.readAsTenant(tenantId, (tx) => systemFigures(tx, tenantId, sinceMs));
    const { text } = await cache.answer(question, async () => JSON.stringify(await read()));
    return figuresSchema.parse(JSON.parse(text));
  };
}
