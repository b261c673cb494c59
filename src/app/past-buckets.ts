import type { Question } from '../contracts/cache.ts';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { BucketQuery, BucketRow, TelemetryQueries } from '../api/ports.ts';
import type { Cache } from '../cache/types.ts';
import { rowOf } from '../contracts/cache.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { StoredTelemetry } from '../contracts/telemetry.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import type { SeriesRegistry } from '../telemetry/series-registry.ts';

/** What reading past buckets takes. */
export interface PastBucketsOptions {
  queries: Pick<TelemetryQueries, 'buckets'>;
  registry: Pick<SeriesRegistry, 'byId'>;
  events: EventBus<PlatformEvents>;
  clock: Clock;
  cache: Pick<Cache, 'answer' | 'forget'>;
  /** How long an answer may be given again; 0: never. */
  idleMs: number;
}

/** A reading that is stored so long after its time is late. */
const LATE_MS = 120_000;
/** The part of a period that is past grows by steps of this, so that those who ask meanwhile ask the same. */
const STEP_MS = 5 * 60_000;
const MOST_DEVICES = 10_000;

/**
 * The buckets of a period that goes on until now, as far as they are past: the same for everybody who asks within some minutes, so that they are answered
 * again. A late reading of a device, an import and a change of its quantities end them.
 */
export class PastBuckets {
  private readonly options: PastBucketsOptions;
  /** Devices of which something may be kept: only their late readings matter. */
  private readonly asked = new LRUCache<string, string>({ max: MOST_DEVICES });
  private readonly deaf: () => void;

  constructor(options: PastBucketsOptions) {
    this.options = options;
    this.deaf = options.events.on('telemetry.stored', (telemetry) => this.note(telemetry));
  }

  /** Hears of nothing from now on. */
  stop(): void {
    this.deaf();
  }

  /** Up to when a period is past (whole epoch microseconds); undefined when all of it is or hardly any. */
  endOf({ startUs, endUs }: Pick<BucketQuery, 'startUs' | 'endUs'>): string | undefined {
    const { clock, idleMs } = this.options;
    const lateMs = clock.nowMs() - LATE_MS;
    const pastUs = Math.floor(lateMs / STEP_MS) * STEP_MS * 1_000;
    return idleMs === 0 || Number(startUs) >= pastUs || Number(endUs) <= lateMs * 1_000 ? undefined : String(pastUs);
  }

  /** Buckets of a period that is past; without spread. */
  async buckets(query: BucketQuery): Promise<BucketRow[]> {
    const { tenantId, ...of } = query;
    const devices = [...new Set(query.seriesIds.flatMap((id) => this.options.registry.byId(id)?.deviceId ?? []))];
    for (const device of devices) this.asked.set(device, tenantId);
    const ofDevices = devices.flatMap((device) => [rowOf('series', device), rowOf('devices', device), rowOf('late_readings', device)]);
    const reads = ['history' as const, ...ofDevices];
    const question = { region: 'statistics', tenantId, key: JSON.stringify(['buckets', of]), reads } satisfies Question;
    const { text } = await this.options.cache.answer(question, async () => textOf(await this.options.queries.buckets(query)));
    return rowsOf(text);
  }

  /** On the hot path: nothing while nobody looks. */
  private note({ device_id: device, points }: StoredTelemetry): void {
    const tenantId = this.asked.size === 0 ? undefined : this.asked.peek(device);
    if (tenantId === undefined) return;
    const lateUs = (this.options.clock.nowMs() - LATE_MS) * 1_000;
    if (!points.some(({ time_us: us }) => us < lateUs)) return;
    this.asked.delete(device);
    void this.options.cache.forget(tenantId, [rowOf('late_readings', device)]);
  }
}

type PlainRow = [series: number, startMs: number, n: number, sum: number | null, min: number, max: number];

const plainRows = z.array(z.tuple([z.number(), z.number(), z.number(), z.number().nullable(), z.number(), z.number()]));

/** JSON knows no NaN: a sum that no double holds is null. */
function textOf(rows: readonly BucketRow[]): string {
  return JSON.stringify(rows.map(({ series_id, startMs, n, sum, min, max }): PlainRow => [series_id, startMs, n, sum, min, max]));
}

function rowsOf(text: string): BucketRow[] {
  return plainRows
    .parse(JSON.parse(text))
    .map(([series_id, startMs, n, sum, min, max]) => ({ series_id, startMs, n, sum: sum ?? Number.NaN, min, max, stddev: null }));
}
