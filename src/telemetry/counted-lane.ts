import { BucketCounts, SECONDS_BOUNDS } from '../core/bucket-counts.ts';
import type { Batch } from './batch.ts';
import type { LaneStorage, WriteOptions, WriteOutcome } from './lane.ts';

/** Rows of a batch: a lane commits 2,000 at once at most, unless one message has more. */
const ROWS_BOUNDS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000] as const;

/** What the lanes of an ingest service have written, since the start. */
export class LaneTally {
  /** Readings per batch that was committed. */
  readonly rows = new BucketCounts(ROWS_BOUNDS);
  /** How long its commit took, seconds. */
  readonly commits = new BucketCounts(SECONDS_BOUNDS);
  /** Writes that did not commit, as far as known; each is tried again, or halved. */
  failures = 0;
}

/** A lane's storage that counts its batches: once a batch, not once a reading. */
export class CountedLaneStorage implements LaneStorage {
  private readonly storage: LaneStorage;
  private readonly tally: LaneTally;

  constructor(storage: LaneStorage, tally: LaneTally) {
    this.storage = storage;
    this.tally = tally;
  }

  ensureDays(days: ReadonlySet<number>): Promise<void> {
    return this.storage.ensureDays(days);
  }

  isPassing(error: unknown): boolean {
    return this.storage.isPassing(error);
  }

  async write(batch: Batch, options: WriteOptions): Promise<WriteOutcome> {
    const startedAt = performance.now();
    try {
      const outcome = await this.storage.write(batch, options);
      this.tally.rows.observe(batch.rows);
      this.tally.commits.observe((performance.now() - startedAt) / 1_000);
      return outcome;
    } catch (error) {
      this.tally.failures += 1;
      throw error;
    }
  }
}
