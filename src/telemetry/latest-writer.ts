import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { StoredTelemetry } from '../contracts/telemetry.ts';
import type { LatestPoint } from '../storage/repositories/series.ts';
import type { Series, SeriesRegistry } from './series-registry.ts';

const WRITE_EVERY_MS = 1_000;
const POINTS_PER_WRITE = 5_000;

/**
 * Keeps the newest point of each series in memory and writes what changed once a second: in the transaction of the points it would
 * halve the throughput. A crash loses nothing, because start looks for newer points in the telemetry itself.
 */
export class LatestWriter {
  private readonly registry: SeriesRegistry;
  private readonly store: { writeLatest(points: readonly LatestPoint[]): Promise<void> };
  private readonly logger: Logger;
  private dirty: Series[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;
  private failing = false;

  constructor(options: {
    registry: SeriesRegistry;
    store: { writeLatest(points: readonly LatestPoint[]): Promise<void> };
    logger: Logger;
  }) {
    this.registry = options.registry;
    this.store = options.store;
    this.logger = options.logger;
  }

  start(): void {
    this.timer ??= setInterval(() => {
      this.writing ??= this.write().finally(() => (this.writing = undefined));
    }, WRITE_EVERY_MS);
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.writing;
    await this.write();
  }

  stored(telemetry: StoredTelemetry): void {
    const ofDevice = this.registry.ofDevice(telemetry.device_id);
    if (ofDevice === undefined) return;
    for (const point of telemetry.points) {
      const series = ofDevice.get(point.key);
      if (series === undefined || point.time_us < series.latestUs) continue;
      series.latestUs = point.time_us;
      series.latestValue = point.value;
      series.latestQuality = point.quality;
      if (series.latestDirty) continue;
      series.latestDirty = true;
      this.dirty.push(series);
    }
  }

  private async write(): Promise<void> {
    const changed = this.dirty;
    this.dirty = [];
    for (let from = 0; from < changed.length; from += POINTS_PER_WRITE) {
      const part = changed.slice(from, from + POINTS_PER_WRITE);
      for (const series of part) series.latestDirty = false;
      try {
        await this.store.writeLatest(part.map(toLatest));
        this.failing = false;
      } catch (error) {
        if (!this.failing) {
          this.logger.warn(
            { part: 'telemetry', error: messageOf(error) },
            'The newest values could not be written; it is tried until they can.',
          );
        }
        this.failing = true;
        for (const series of part.filter(({ latestDirty }) => !latestDirty)) {
          series.latestDirty = true;
          this.dirty.push(series);
        }
      }
    }
  }
}

function toLatest(series: Series): LatestPoint {
  const { id, latestUs, latestValue, latestQuality } = series;
  return {
    seriesId: id,
    timeUs: latestUs,
    value: typeof latestValue === 'string' || latestValue === undefined ? null : Number(latestValue),
    text: typeof latestValue === 'string' ? latestValue : null,
    quality: latestQuality,
  };
}
