import type { Answers } from '../../../contracts/cache.ts';
import { rowOf } from '../../../contracts/cache.ts';
import type { SeriesItem } from '../../../contracts/devices.ts';
import type { Clock } from '../../../core/clock.ts';
import type { SeriesService } from '../../../devices/series-service.ts';
import type { LatestReadings } from '../../ports.ts';

/** What quantities are listed with. */
export interface QuantitiesDeps {
  series: Pick<SeriesService, 'list'>;
  cache: Answers;
  latestReadings: LatestReadings;
  clock: Clock;
}

/** A device has no more. */
const MOST_SERIES = 1_000;
/** As long as something is not known yet, an answer is given again no longer than this. */
const SOON_MS = 5_000;

/**
 * The quantities of a device by key, from the cache but for what every reading changes: when the newest one was comes from memory, and while a quantity has
 * too few readings for their usual distance, an answer lives five seconds. Fails with NOT_FOUND when there is no such device.
 */
export async function quantitiesOf(
  { series, cache, latestReadings, clock }: QuantitiesDeps,
  query: Parameters<SeriesService['list']>[0],
): Promise<SeriesItem[]> {
  const { tenantId, deviceId, after, limit } = query;
  const kept = async (more: string): Promise<SeriesItem[]> => {
    const key = JSON.stringify(['quantities', deviceId, after, limit, more]);
    // Rows of series are told by their device.
    const question = {
      region: 'devices',
      tenantId,
      key,
      reads: [rowOf('series', deviceId), rowOf('devices', deviceId), 'history'],
    } as const;
    return JSON.parse((await cache.answer(question, async () => JSON.stringify(await series.list(query)))).text) as SeriesItem[];
  };
  const long = await kept('');
  const rows = long.some((row) => row.usual_seconds === null) ? await kept(String(Math.floor(clock.nowMs() / SOON_MS))) : long;
  const newest = latestReadings.latest({ tenantId, deviceIds: [deviceId], keys: undefined, afterSeriesId: undefined, limit: MOST_SERIES });
  const newestAt = new Map(newest.map((reading) => [reading.key, reading.timestamp]));
  return rows.map((row) => ({ ...row, last_at: later(row.last_at, newestAt.get(row.key)) }));
}

/** Of two instants of one form; readings that were stored as history are in the database alone. */
function later(stored: string | null, inMemory: string | undefined): string | null {
  if (inMemory === undefined) return stored;
  return stored === null || stored < inMemory ? inMemory : stored;
}
