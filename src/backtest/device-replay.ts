import type { PastReading } from '../rules/types.ts';
import type { Queryable } from '../storage/database.ts';
import { newestBefore } from '../storage/repositories/past-readings.ts';
import type { PastChunk, PastSeries } from '../storage/repositories/past-readings.ts';
import type { DeviceRun, Period } from './rule-run.ts';
import { SeriesReader } from './series-reader.ts';
import type { ThinnedCurve } from './thin.ts';

/** One rule that reads a series, and as which of its inputs. */
export interface Listener {
  run: DeviceRun;
  input: number;
}

/** A series that is replayed, and who listens. */
export interface ReplaySeries {
  series: PastSeries & { kind: 'number' | 'boolean' };
  listeners: readonly Listener[];
  /** Its readings as a curve; undefined when nobody wants one. */
  curve: ThinnedCurve | undefined;
}

/** How the readings are read. */
export interface ReplayReading {
  db: Queryable;
  period: Period;
  /** False: every reading counts as one of full quality. */
  qualities: boolean;
  /** Called with the instant reached (epoch microseconds) after each chunk; what it throws ends the replay. */
  reached(timeUs: number): void;
}

/** The best quality there is. */
const FULL_QUALITY = 100;

/** The readings of one series on their way to those who listen. */
class Source {
  private readonly of: ReplaySeries;
  private readonly reader: SeriesReader;
  private chunk: PastChunk | undefined;
  private at = 0;
  /** The time of the next reading; Infinity at the end. */
  nextUs = -Infinity;
  taken = 0;

  constructor(of: ReplaySeries, reader: SeriesReader) {
    this.of = of;
    this.reader = reader;
  }

  get isEmpty(): boolean {
    return this.nextUs !== Infinity && this.at >= (this.chunk?.count ?? 0);
  }

  async fill(): Promise<void> {
    this.chunk = await this.reader.next();
    this.at = 0;
    this.nextUs = this.chunk?.timesUs[0] ?? Infinity;
  }

  /** Gives on what it holds up to an instant (this included). */
  giveUntil(untilUs: number): void {
    const { chunk, of } = this;
    if (chunk === undefined) return;
    const { count, timesUs, values, qualities } = chunk;
    const { listeners, curve } = of;
    const isBoolean = of.series.kind === 'boolean';
    let at = this.at;
    for (; at < count; at += 1) {
      const timeUs = timesUs[at] ?? 0;
      if (timeUs > untilUs) break;
      const number = values[at] ?? 0;
      const value = isBoolean ? number !== 0 : number;
      const quality = qualities === undefined ? FULL_QUALITY : (qualities[at] ?? FULL_QUALITY);
      for (const { run, input } of listeners) run.point(input, timeUs, value, quality);
      curve?.add(timeUs, number);
    }
    this.taken += at - this.at;
    this.at = at;
    if (at < count) this.nextUs = timesUs[at] ?? 0;
  }
}

/** Replays the readings of one device, of all its series in the order of time; answers how many there were. */
export async function replayDevice(all: readonly ReplaySeries[], reading: ReplayReading): Promise<number> {
  await prime(all, reading);
  const { db, period, qualities } = reading;
  const sources = all.map(
    (of) => new Source(of, new SeriesReader(db, { seriesId: of.series.seriesId, fromUs: period.startUs, toUs: period.endUs, qualities })),
  );
  for (;;) {
    for (const source of sources) {
      if (!source.isEmpty) continue;
      await source.fill();
      if (source.nextUs !== Infinity) reading.reached(source.nextUs);
    }
    const [first, secondUs] = earliest(sources);
    if (first === undefined) return sources.reduce((sum, { taken }) => sum + taken, 0);
    first.giveUntil(secondUs);
  }
}

/** The source with the oldest next reading (of equals the first), and up to when no other one has an older reading. */
function earliest(sources: readonly Source[]): [Source | undefined, number] {
  let first: Source | undefined;
  let secondUs = Infinity;
  for (const source of sources) {
    const { nextUs } = source;
    if (nextUs === Infinity) continue;
    if (first === undefined || nextUs < first.nextUs) {
      secondUs = Math.min(secondUs, first?.nextUs ?? Infinity);
      first = source;
    } else secondUs = Math.min(secondUs, nextUs);
  }
  return [first, secondUs];
}

/** Shows each rule what it has to know of the time before the period. */
async function prime(all: readonly ReplaySeries[], reading: ReplayReading): Promise<void> {
  const { db, period, qualities } = reading;
  for (const { series, listeners } of all) {
    const { seriesId, kind } = series;
    const byTime = listeners.filter(({ run }) => run.byTime);
    const newest = byTime.length === 0 ? undefined : await newestBefore(db, seriesId, period.startUs);
    if (newest !== undefined) for (const { run, input } of byTime) run.prime(input, [newest], kind);
    const others = listeners.filter(({ run }) => !run.byTime);
    const windowUs = Math.max(0, ...others.map(({ run }) => run.windowUs));
    const reader = new SeriesReader(db, { seriesId, fromUs: period.startUs - windowUs, toUs: period.startUs, qualities });
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      const past = pastOf(chunk);
      for (const { run, input } of others) run.prime(input, past, kind);
      reading.reached(period.startUs);
    }
  }
}

function pastOf({ count, timesUs, values, qualities }: PastChunk): PastReading[] {
  return Array.from({ length: count }, (_, i) => ({
    timeUs: timesUs[i] ?? 0,
    value: values[i] ?? 0,
    quality: qualities?.[i] ?? FULL_QUALITY,
  }));
}
