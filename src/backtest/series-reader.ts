import type { Queryable } from '../storage/database.ts';
import { pastReadings } from '../storage/repositories/past-readings.ts';
import type { PastChunk } from '../storage/repositories/past-readings.ts';

const DAY_US = 86_400_000_000;
/** Readings in memory at a time; about a tenth of a second of judging, so that progress moves and a cancellation is seen. */
const CHUNK_READINGS = 20_000;
/** How many days one statement looks into at most: planning costs 0.02 ms for each partition. */
const MOST_DAYS = 32;

/** Which readings of which series. */
export interface ReadWhat {
  seriesId: number;
  /** From here on, and before there; whole epoch microseconds. */
  fromUs: number;
  toUs: number;
  qualities: boolean;
}

/**
 * Reads a period of one series in chunks, oldest first; while one is judged the database works on the next. Each statement looks into one
 * day, and into more where readings are sparse.
 */
export class SeriesReader {
  private readonly db: Queryable;
  private readonly what: ReadWhat;
  private fromUs: number;
  private days = 1;
  private ahead: Promise<PastChunk | undefined> | undefined;

  constructor(db: Queryable, what: ReadWhat) {
    this.db = db;
    this.what = what;
    this.fromUs = what.fromUs;
  }

  /** The next readings, at least one; undefined at the end. Rejects with the `pg` error. */
  async next(): Promise<PastChunk | undefined> {
    const chunk = await (this.ahead ?? this.read());
    this.ahead = chunk === undefined ? Promise.resolve(undefined) : this.read();
    // Whoever asks next hears of it; until then nobody does.
    this.ahead.catch(() => undefined);
    return chunk;
  }

  private async read(): Promise<PastChunk | undefined> {
    const { seriesId, toUs, qualities } = this.what;
    while (this.fromUs < toUs) {
      const untilUs = Math.min(toUs, (Math.floor(this.fromUs / DAY_US) + this.days) * DAY_US);
      const chunk = await pastReadings(this.db, { seriesId, fromUs: this.fromUs, toUs: untilUs, limit: CHUNK_READINGS, qualities });
      const isFull = chunk.count === CHUNK_READINGS;
      if (isFull) this.days = Math.max(1, this.days >> 1);
      else if (chunk.count < CHUNK_READINGS / 2) this.days = Math.min(MOST_DAYS, this.days * 2);
      this.fromUs = isFull ? (chunk.timesUs[chunk.count - 1] ?? untilUs) + 1 : untilUs;
      if (chunk.count > 0) return chunk;
    }
    return undefined;
  }
}
