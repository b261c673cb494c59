import { LRUCache } from 'lru-cache';
import type { PlatformEvents } from '../contracts/events.ts';
import type { PointValue, StoredTelemetry } from '../contracts/telemetry.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import type { SeriesRegistry } from './series-registry.ts';

/** A stored reading; whole epoch microseconds. */
export interface FollowedReading {
  us: number;
  value: PointValue;
  quality: number;
}

/** What following takes. */
export interface FollowedReadingsOptions {
  clock: Clock;
  events: EventBus<PlatformEvents>;
  registry: Pick<SeriesRegistry, 'byId' | 'ofDevice'>;
  /** How long a series is followed after it was asked for last, milliseconds; 0: none is. */
  idleMs: number;
  /** At most `limit` stored readings from an instant on, oldest first. */
  load: (of: { tenantId: string; seriesId: number; fromUs: number; limit: number }) => Promise<FollowedReading[]>;
}

interface Followed {
  deviceId: string;
  /** From here on every stored reading is there. */
  fromUs: number;
  askedAtMs: number;
  /** Oldest first. */
  readings: FollowedReading[];
  /** Undefined once the stored ones are there. */
  loading: Promise<void> | undefined;
}

/** Pages show the last 15 minutes, and of an alert the last 20; what goes further back is asked of the database. */
const WINDOW_MS = 21 * 60_000;
/** Two a second. */
const MOST_READINGS = 2_520;
const MOST_SERIES = 300;

/**
 * The newest readings of the series that pages show, in memory: read once, and from then on every reading that is committed is added, so that
 * nothing is older than on the live view. There is one writer to a database, which is this process. Series that nobody asks for, or that have too many
 * readings, are not followed.
 */
export class FollowedReadings {
  private readonly options: FollowedReadingsOptions;
  private readonly followed = new LRUCache<number, Followed>({ max: MOST_SERIES });
  /** Series that had too many readings for the whole window, and when that was found (epoch milliseconds): of them less is kept. */
  private readonly fast = new LRUCache<number, number>({ max: MOST_SERIES });
  private readonly deaf: (() => void)[];

  constructor(options: FollowedReadingsOptions) {
    this.options = options;
    this.deaf = [
      options.events.on('telemetry.stored', (telemetry) => this.add(telemetry)),
      options.events.on('history.stored', () => this.followed.clear()),
      options.events.on('device.changed', ({ deviceId, change }) => {
        if (change !== 'removed') return;
        for (const [id, { deviceId: of }] of this.followed.entries()) if (of === deviceId) this.followed.delete(id);
      }),
    ];
  }

  /** Follows nothing from now on. */
  stop(): void {
    for (const end of this.deaf) end();
    this.followed.clear();
  }

  /** The readings of a tenant's series from `fromUs` on, oldest first; undefined when the database must be asked. */
  async from({
    tenantId,
    seriesId,
    fromUs,
  }: {
    tenantId: string;
    seriesId: number;
    fromUs: number;
  }): Promise<FollowedReading[] | undefined> {
    const { clock, registry, idleMs } = this.options;
    const series = registry.byId(seriesId);
    const nowMs = clock.nowMs();
    if (idleMs === 0 || series?.tenantId !== tenantId || fromUs < (nowMs - WINDOW_MS) * 1_000) return undefined;
    const known = this.followed.get(seriesId);
    const one = known !== undefined && known.fromUs <= fromUs && !this.isIdle(known, nowMs) ? known : this.begin(series, fromUs, nowMs);
    one.askedAtMs = nowMs;
    await one.loading;
    if (this.followed.get(seriesId) !== one) return undefined;
    return one.readings.slice(placeOf(one.readings, fromUs));
  }

  /** From the beginning of the window, whatever is asked for first, because another page may show more of it; of a fast series what is asked for. */
  private begin({ id, tenantId, deviceId }: { id: number; tenantId: string; deviceId: string }, askedUs: number, nowMs: number): Followed {
    const fromUs = Math.abs(nowMs - (this.fast.get(id) ?? -Infinity)) > this.options.idleMs ? (nowMs - WINDOW_MS) * 1_000 : askedUs;
    const one: Followed = { deviceId, fromUs, askedAtMs: nowMs, readings: [], loading: undefined };
    // What is committed meanwhile is added at once: whether the database shows it already does not matter.
    one.loading = this.options.load({ tenantId, seriesId: id, fromUs, limit: MOST_READINGS + 1 }).then(
      (stored) => {
        for (const reading of stored) put(one.readings, reading);
        one.loading = undefined;
        if (one.readings.length > MOST_READINGS) this.tooMany(id, one);
      },
      (error: unknown) => {
        this.forget(id, one);
        throw error;
      },
    );
    this.followed.set(id, one);
    return one;
  }

  private tooMany(seriesId: number, one: Followed): void {
    this.fast.set(seriesId, this.options.clock.nowMs());
    this.forget(seriesId, one);
  }

  private forget(seriesId: number, one: Followed): void {
    if (this.followed.peek(seriesId) === one) this.followed.delete(seriesId);
  }

  private isIdle({ askedAtMs }: Followed, nowMs: number): boolean {
    return Math.abs(nowMs - askedAtMs) > this.options.idleMs;
  }

  /** On the hot path: nothing while nobody looks. */
  private add({ device_id: deviceId, points }: StoredTelemetry): void {
    if (this.followed.size === 0) return;
    const series = this.options.registry.ofDevice(deviceId);
    for (const { key, value, time_us: us, quality } of points) {
      const id = series?.get(key)?.id;
      const one = id === undefined ? undefined : this.followed.peek(id);
      if (id === undefined || one === undefined) continue;
      const nowMs = this.options.clock.nowMs();
      if (this.isIdle(one, nowMs)) this.followed.delete(id);
      else if (us >= one.fromUs) this.append(id, one, { us, value, quality });
    }
  }

  private append(id: number, one: Followed, reading: FollowedReading): void {
    put(one.readings, reading);
    if (one.readings.length <= MOST_READINGS || one.loading !== undefined) return;
    const oldestUs = (this.options.clock.nowMs() - WINDOW_MS) * 1_000;
    if (one.fromUs < oldestUs) {
      one.readings = one.readings.slice(placeOf(one.readings, oldestUs));
      one.fromUs = oldestUs;
    }
    if (one.readings.length > MOST_READINGS) this.tooMany(id, one);
  }
}

/** Puts a reading where its time belongs; one of a time that is there already is the same reading. */
function put(readings: FollowedReading[], reading: FollowedReading): void {
  const last = readings.at(-1);
  if (last === undefined || last.us < reading.us) {
    readings.push(reading);
    return;
  }
  const place = placeOf(readings, reading.us);
  if (readings[place]?.us !== reading.us) readings.splice(place, 0, reading);
}

/** Where the readings from an instant on begin. */
function placeOf(readings: readonly FollowedReading[], us: number): number {
  let from = 0;
  let to = readings.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((readings[middle]?.us ?? Number.POSITIVE_INFINITY) < us) from = middle + 1;
    else to = middle;
  }
  return from;
}
