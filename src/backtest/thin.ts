/** How many buckets a curve has at most: about one for each pixel of a chart. */
export const CURVE_BUCKETS = 1_200;

/** A thinned curve: of each bucket that has readings its first instant (epoch milliseconds), its smallest and its largest value. */
export interface Curve {
  atMs: number[];
  min: number[];
  max: number[];
}

/**
 * Thins a curve as it comes: the period is cut into buckets of the same length, and each keeps its first instant and its extremes, so that
 * no peak is lost. Memory does not depend on the number of readings.
 */
export class ThinnedCurve {
  private readonly startUs: number;
  private readonly bucketUs: number;
  private readonly firstUs: Float64Array;
  private readonly min: Float64Array;
  private readonly max: Float64Array;

  /** The period from `startUs` on and before `endUs`, epoch microseconds. */
  constructor(startUs: number, endUs: number, buckets = CURVE_BUCKETS) {
    this.startUs = startUs;
    this.bucketUs = (endUs - startUs) / buckets;
    this.firstUs = new Float64Array(buckets).fill(Infinity);
    this.min = new Float64Array(buckets).fill(Infinity);
    this.max = new Float64Array(buckets).fill(-Infinity);
  }

  /** Takes a value. What lies outside of the period counts to its first or last bucket. */
  add(timeUs: number, value: number): void {
    const last = this.firstUs.length - 1;
    const bucket = Math.min(last, Math.max(0, Math.floor((timeUs - this.startUs) / this.bucketUs)));
    if (timeUs < (this.firstUs[bucket] ?? 0)) this.firstUs[bucket] = timeUs;
    if (value < (this.min[bucket] ?? 0)) this.min[bucket] = value;
    if (value > (this.max[bucket] ?? 0)) this.max[bucket] = value;
  }

  /** What came so far, in the order of time. */
  curve(): Curve {
    const curve: Curve = { atMs: [], min: [], max: [] };
    for (const [bucket, firstUs] of this.firstUs.entries()) {
      if (firstUs === Infinity) continue;
      curve.atMs.push(firstUs / 1_000);
      curve.min.push(this.min[bucket] ?? 0);
      curve.max.push(this.max[bucket] ?? 0);
    }
    return curve;
  }
}
