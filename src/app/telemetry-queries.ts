import type { BucketQuery, BucketRow, ReadingChunk, TelemetryQueries, TelemetryQuery, TelemetryRow } from '../api/ports.ts';
import type { Cache } from '../cache/types.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { SeriesKind } from '../contracts/telemetry.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import { isoOfUs } from '../telemetry/latest-readings.ts';
import { FollowedReadings } from '../telemetry/followed-readings.ts';
import type { FollowedReading } from '../telemetry/followed-readings.ts';
import type { Series, SeriesRegistry } from '../telemetry/series-registry.ts';
import { PastBuckets } from './past-buckets.ts';

/** What reading telemetry takes. */
export interface LiveQueriesOptions {
  queries: TelemetryQueries;
  registry: SeriesRegistry;
  events: EventBus<PlatformEvents>;
  clock: Clock;
  cache: Pick<Cache, 'answer' | 'forget'>;
  /** See `FollowedReadings`. */
  idleMs: number;
}

const MOST_LOADED = 5_000;
const FAR_US = '9007199254740991';

/** Stored telemetry for requests: the newest minutes of what pages show from memory, everything else from the database. */
export class LiveTelemetryQueries implements TelemetryQueries {
  private readonly queries: TelemetryQueries;
  private readonly registry: SeriesRegistry;
  private readonly followed: FollowedReadings;
  private readonly past: PastBuckets;

  constructor({ queries, ...options }: LiveQueriesOptions) {
    this.queries = queries;
    this.registry = options.registry;
    const load = async ({ tenantId, seriesId, fromUs, limit }: { tenantId: string; seriesId: number; fromUs: number; limit: number }) => {
      const chunk = await queries.chunk({ tenantId, seriesId, fromUs: String(fromUs), untilUs: FAR_US, limit });
      const kind = this.registry.byId(seriesId)?.kind ?? 'number';
      return Array.from({ length: chunk.count }, (_, place) => readingOf(kind, chunk, place));
    };
    this.followed = new FollowedReadings({ ...options, load });
    this.past = new PastBuckets({ ...options, queries });
  }

  stop(): void {
    this.followed.stop();
    this.past.stop();
  }

  async series(of: Parameters<TelemetryQueries['series']>[0]): ReturnType<TelemetryQueries['series']> {
    const found = this.seriesOf(of);
    if (found === undefined) return this.queries.series(of);
    return found
      .map(({ id, deviceId, key, kind, unit }) => ({ series_id: id, device_id: deviceId, key, kind, unit }))
      .sort((left, right) => compare(left.device_id, right.device_id) || compare(left.key, right.key));
  }

  async chunk(query: Parameters<TelemetryQueries['chunk']>[0]): Promise<ReadingChunk> {
    const { tenantId, seriesId, fromUs, untilUs, limit } = query;
    const followed = await this.followed.from({ tenantId, seriesId, fromUs: Number(fromUs) });
    if (followed === undefined) return this.queries.chunk(query);
    const readings = before(followed, untilUs).slice(0, limit);
    return {
      count: readings.length,
      timesUs: readings.map(({ us }) => us),
      numbers: readings.map(({ value }) => numberOf(value)),
      texts: readings.map(({ value }) => (typeof value === 'string' ? value : '')),
      qualities: readings.map(({ quality }) => quality),
    };
  }

  async readings(query: TelemetryQuery): Promise<TelemetryRow[]> {
    const { tenantId, deviceId, keys = [], startUs, endUs = FAR_US, after, limit } = query;
    const series = deviceId === undefined || keys.length !== 1 ? undefined : this.registry.ofDevice(deviceId)?.get(keys[0] ?? '');
    if (series === undefined || startUs === undefined || (after !== undefined && after.seriesId !== series.id))
      return this.queries.readings(query);
    const followed = await this.followed.from({ tenantId, seriesId: series.id, fromUs: Number(startUs) });
    if (followed === undefined) return this.queries.readings(query);
    // A series has one reading at an instant: the next page begins before the last one of this.
    return before(followed, after === undefined || Number(after.timeUs) > Number(endUs) ? endUs : after.timeUs)
      .slice(-limit)
      .reverse()
      .map(({ us, value, quality }) => rowOf(series, { us, value, quality }));
  }

  async buckets(query: BucketQuery): Promise<BucketRow[]> {
    if (query.zone !== undefined || query.stddev) return this.queries.buckets(query);
    const pastUs = this.past.endOf(query);
    if (pastUs === undefined) return this.newestBuckets(query);
    const past = await this.past.buckets({ ...query, endUs: pastUs });
    return joined(past, await this.newestBuckets({ ...query, startUs: pastUs }));
  }

  private async newestBuckets(query: BucketQuery): Promise<BucketRow[]> {
    const { tenantId, seriesIds, startUs, endUs } = query;
    const rows: BucketRow[] = [];
    for (const seriesId of [...seriesIds].sort((left, right) => left - right)) {
      const followed = await this.followed.from({ tenantId, seriesId, fromUs: Number(startUs) });
      if (followed === undefined) return this.queries.buckets(query);
      rows.push(...bucketsOf(seriesId, before(followed, endUs), query.bucketSeconds * 1_000));
    }
    return rows;
  }

  dayStarts(of: Parameters<TelemetryQueries['dayStarts']>[0]): Promise<number[]> {
    return this.queries.dayStarts(of);
  }

  rejected(query: Parameters<TelemetryQueries['rejected']>[0]): ReturnType<TelemetryQueries['rejected']> {
    return this.queries.rejected(query);
  }

  /** Undefined when the database must be asked: without devices, because it refuses to go through too many, and of devices that nobody knows here. */
  private seriesOf({ tenantId, deviceIds, keys }: Parameters<TelemetryQueries['series']>[0]): Series[] | undefined {
    if (deviceIds === undefined) return undefined;
    const found = [...new Set(deviceIds)].flatMap((deviceId) => [...(this.registry.ofDevice(deviceId)?.values() ?? [])]);
    const own = found.filter((one) => one.tenantId === tenantId && (keys === undefined || keys.includes(one.key)));
    return found.length === 0 || own.length > MOST_LOADED ? undefined : own;
  }
}

function readingOf(kind: SeriesKind, { timesUs, numbers, texts, qualities }: ReadingChunk, place: number): FollowedReading {
  const value = kind === 'text' ? (texts[place] ?? '') : kind === 'boolean' ? numbers[place] === 1 : (numbers[place] ?? 0);
  return { us: timesUs[place] ?? 0, value, quality: qualities[place] ?? 100 };
}

function before(readings: readonly FollowedReading[], endUs: string): FollowedReading[] {
  const end = Number(endUs);
  return readings.filter(({ us }) => us < end);
}

function numberOf(value: FollowedReading['value']): number {
  return typeof value === 'string' ? 0 : Number(value);
}

function rowOf({ id, deviceId, key, unit }: Series, { us, value, quality }: FollowedReading): TelemetryRow {
  return { device_id: deviceId, key, timestamp: isoOfUs(us), value, unit, quality, time_us: String(us), series_id: id };
}

/** The buckets of two parts of a period, by series and time; the one in which they meet has the readings of both. */
function joined(earlier: readonly BucketRow[], later: readonly BucketRow[]): BucketRow[] {
  const byPlace = new Map(earlier.map((row) => [placeOf(row), row]));
  for (const row of later) {
    const met = byPlace.get(placeOf(row));
    byPlace.set(placeOf(row), met === undefined ? row : together(met, row));
  }
  return [...byPlace.values()].sort((left, right) => left.series_id - right.series_id || left.startMs - right.startMs);
}

function placeOf({ series_id, startMs }: BucketRow): string {
  return `${String(series_id)} ${String(startMs)}`;
}

function together(left: BucketRow, right: BucketRow): BucketRow {
  const { n, sum, min, max } = right;
  return { ...left, n: left.n + n, sum: left.sum + sum, min: Math.min(left.min, min), max: Math.max(left.max, max) };
}

function bucketsOf(seriesId: number, readings: readonly FollowedReading[], bucketMs: number): BucketRow[] {
  const rows: BucketRow[] = [];
  for (const { us, value } of readings) {
    const number = numberOf(value);
    // As the database sums: of a larger value no double holds the square.
    const summed = Math.abs(number) <= 1e140 ? number : Number.NaN;
    const startMs = Math.floor(us / 1_000 / bucketMs) * bucketMs;
    const last = rows.at(-1);
    if (last?.startMs !== startMs) {
      rows.push({ series_id: seriesId, startMs, n: 1, sum: summed, min: number, max: number, stddev: null });
      continue;
    }
    last.n += 1;
    last.sum += summed;
    last.min = Math.min(last.min, number);
    last.max = Math.max(last.max, number);
  }
  return rows;
}

/** As the database orders: by code points of text in the C collation. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
