import type { TelemetryItem } from '../contracts/telemetry.ts';
import type { Series, SeriesRegistry } from './series-registry.ts';

/** Which newest readings, in the order of their series: of the named devices and keys, all when left out. */
export interface LatestReadingsQuery {
  tenantId: string;
  deviceIds: readonly string[] | undefined;
  keys: readonly string[] | undefined;
  afterSeriesId: number | undefined;
  limit: number;
}

/** A newest reading, with its place in the list. */
export interface LatestReading extends TelemetryItem {
  series_id: number;
}

/**
 * The newest stored reading of each series, from memory: every series is there anyway, with what was committed last, and pages ask for all of
 * them all the time. PostgreSQL would have to look each of them up, and its copy (`telemetry_latest`) is up to a second older.
 */
export class LatestReadings {
  private readonly registry: SeriesRegistry;
  /** The reading of each series as it was shown last, with its instant: most were not replaced since. */
  private readonly shown = new WeakMap<Series, { us: number; reading: LatestReading }>();

  constructor(registry: SeriesRegistry) {
    this.registry = registry;
  }

  /** Those of one tenant that the query asks for; series without a reading are left out. */
  latest({ tenantId, deviceIds, keys, afterSeriesId = -1, limit }: LatestReadingsQuery): LatestReading[] {
    const wanted = keys === undefined ? undefined : new Set(keys);
    const candidates = deviceIds === undefined ? this.registry.ofTenant(tenantId) : this.ofDevices(tenantId, deviceIds);
    const found: LatestReading[] = [];
    for (let i = firstAfter(candidates, afterSeriesId); i < candidates.length && found.length < limit; i += 1) {
      const series = candidates[i];
      if (series?.latestValue === undefined || wanted?.has(series.key) === false) continue;
      found.push(this.readingOf(series, series.latestValue));
    }
    return found;
  }

  private readingOf(series: Series, value: number | boolean | string): LatestReading {
    const { id, deviceId, key, unit, latestUs, latestQuality } = series;
    const before = this.shown.get(series);
    if (before?.us === latestUs && before.reading.unit === unit) return before.reading;
    const reading = { device_id: deviceId, key, timestamp: isoOfUs(latestUs), value, unit, quality: latestQuality, series_id: id };
    this.shown.set(series, { us: latestUs, reading });
    return reading;
  }

  private ofDevices(tenantId: string, deviceIds: readonly string[]): readonly Series[] {
    return [...new Set(deviceIds)]
      .flatMap((deviceId) => [...(this.registry.ofDevice(deviceId)?.values() ?? [])])
      .filter((series) => series.tenantId === tenantId)
      .sort((a, b) => a.id - b.id);
  }
}

/** Where the series begin whose ids are greater, in a list that is in the order of ids. */
function firstAfter(series: readonly Series[], id: number): number {
  let from = 0;
  let to = series.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((series[middle]?.id ?? Number.POSITIVE_INFINITY) <= id) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Whole epoch microseconds (exact in a double until the year 2255) as ISO 8601 UTC with six digits. */
export function isoOfUs(us: number): string {
  const ms = Math.floor(us / 1_000);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(us - ms * 1_000).padStart(3, '0')}Z`;
}
