/**
 * How often values fell into each of a few buckets, in plain numbers: cheap enough for the hot path. A scrape of the metrics reads it; nobody sets it
 * back.
 */
export class BucketCounts {
  /** Upper bounds, rising; a value belongs to the first bucket whose bound is not below it. */
  readonly bounds: readonly number[];
  /** Values per bucket; the last place is for what is above every bound. */
  readonly counts: Float64Array;
  /** Of all values. */
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** Counts one value. */
  observe(value: number): void {
    const { bounds, counts } = this;
    let place = 0;
    while (place < bounds.length && value > (bounds[place] ?? 0)) place += 1;
    counts[place] = (counts[place] ?? 0) + 1;
    this.sum += value;
  }

  /** How many values were counted. */
  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
}

/** Bounds for what should take milliseconds and at worst takes half a minute, in seconds: answers, acknowledgements, commits. */
export const SECONDS_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
