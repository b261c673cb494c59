import type { Figure } from './figure.ts';
import type { WindowReadings } from './window-readings.ts';

/** What can be computed for parts of a window and put together, in the order of time. */
interface Fold<Part> {
  of(value: number): Part;
  join(older: Part, newer: Part): Part;
}

/**
 * A fold over a sliding window as two stacks: readings that came since the last turn are one part; those before it are kept as the part from
 * each of them to the turn, so that the oldest is taken out by dropping one. When none is left, everything turns. Each reading is
 * therefore joined twice, however long the window is, and nothing is ever subtracted: an absurd reading leaves no error behind.
 */
export class FoldFigure<Part> implements Figure {
  private readonly readings: WindowReadings;
  private readonly fold: Fold<Part>;
  private readonly result: (whole: Part) => number;
  /** The newest of the older readings first; the last one is the part from the oldest reading to the turn. */
  private readonly older: Part[] = [];
  private newer: Part | undefined;

  constructor(readings: WindowReadings, fold: Fold<Part>, result: (whole: Part) => number) {
    this.readings = readings;
    this.fold = fold;
    this.result = result;
  }

  added(value: number): void {
    const part = this.fold.of(value);
    this.newer = this.newer === undefined ? part : this.fold.join(this.newer, part);
  }

  removed(): void {
    // The reading is gone from the window already: what turns is what is left.
    if (this.older.length === 0) this.turn();
    else this.older.pop();
  }

  reset(): void {
    this.older.length = 0;
    this.turn();
  }

  value(): number {
    const oldest = this.older.at(-1);
    if (oldest === undefined) return this.newer === undefined ? Number.NaN : this.result(this.newer);
    return this.result(this.newer === undefined ? oldest : this.fold.join(oldest, this.newer));
  }

  private turn(): void {
    let part: Part | undefined;
    for (let place = this.readings.size - 1; place >= 0; place -= 1) {
      const one = this.fold.of(this.readings.valueAt(place));
      part = part === undefined ? one : this.fold.join(one, part);
      this.older.push(part);
    }
    this.newer = undefined;
  }
}

/** A sum with what rounding took from it: as exact as if it were computed with twice the digits (Knuth's TwoSum). */
interface ExactSum {
  high: number;
  low: number;
}

/** The sum of the readings; see `ExactSum`. */
export const SUM: Fold<ExactSum> = {
  of: (value) => ({ high: value, low: 0 }),
  join: (a, b) => {
    const high = a.high + b.high;
    const fromB = high - a.high;
    return { high, low: a.high - (high - fromB) + (b.high - fromB) + (a.low + b.low) };
  },
};

/** Number, mean, and sum of the squared distances from the mean. */
interface Moments {
  count: number;
  mean: number;
  squares: number;
}

/** Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample variances (1979). Equal readings give exactly 0. */
export const MOMENTS: Fold<Moments> = {
  of: (value) => ({ count: 1, mean: value, squares: 0 }),
  join: (a, b) => {
    const count = a.count + b.count;
    const distance = b.mean - a.mean;
    const mean = a.mean + (distance * b.count) / count;
    return { count, mean, squares: a.squares + b.squares + (distance * distance * a.count * b.count) / count };
  },
};

/** The smallest reading. */
export const MINIMUM: Fold<number> = { of: (value) => value, join: (a, b) => Math.min(a, b) };
/** The largest reading. */
export const MAXIMUM: Fold<number> = { of: (value) => value, join: (a, b) => Math.max(a, b) };
