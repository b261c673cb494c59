import type { Figure } from './figure.ts';
import type { WindowReadings } from './window-readings.ts';

/** What can be computed for parts of a window and put together, in the order of time. */
interface Fold<Part> {
  of(value: number): Part;
  join(older: Part, newer: Part): Part;
  /** How many numbers a part is: thousands of parts are kept as bare numbers, which take a fraction of what objects do. */
  readonly width: number;
  write(part: Part, to: Float64Array, place: number): void;
  read(from: Float64Array, place: number): Part;
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
  private older = new Float64Array(0);
  private olderCount = 0;
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
    if (this.olderCount === 0) this.turn();
    else this.olderCount -= 1;
  }

  reset(): void {
    this.turn();
  }

  value(): number {
    const { newer, fold } = this;
    if (this.olderCount === 0) return newer === undefined ? Number.NaN : this.result(newer);
    const oldest = fold.read(this.older, (this.olderCount - 1) * fold.width);
    return this.result(newer === undefined ? oldest : fold.join(oldest, newer));
  }

  private turn(): void {
    const { fold, readings } = this;
    const { size } = readings;
    const length = size * fold.width;
    if (this.older.length < length || this.older.length > 4 * length) this.older = new Float64Array(length + Math.ceil(length / 8));
    let part: Part | undefined;
    for (let count = 0; count < size; count += 1) {
      const one = fold.of(readings.valueAt(size - 1 - count));
      part = part === undefined ? one : fold.join(one, part);
      fold.write(part, this.older, count * fold.width);
    }
    this.olderCount = size;
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
  width: 2,
  write: ({ high, low }, to, place) => {
    to[place] = high;
    to[place + 1] = low;
  },
  read: (from, place) => ({ high: at(from, place), low: at(from, place + 1) }),
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
  width: 3,
  write: ({ count, mean, squares }, to, place) => {
    to[place] = count;
    to[place + 1] = mean;
    to[place + 2] = squares;
  },
  read: (from, place) => ({ count: at(from, place), mean: at(from, place + 1), squares: at(from, place + 2) }),
};

/** What a part that is one number is kept as. */
const ONE_NUMBER: Pick<Fold<number>, 'of' | 'width' | 'write' | 'read'> = {
  of: (value) => value,
  width: 1,
  write: (value, to, place) => {
    to[place] = value;
  },
  read: (from, place) => at(from, place),
};

/** The smallest reading. */
export const MINIMUM: Fold<number> = { ...ONE_NUMBER, join: (a, b) => Math.min(a, b) };
/** The largest reading. */
export const MAXIMUM: Fold<number> = { ...ONE_NUMBER, join: (a, b) => Math.max(a, b) };

function at(from: Float64Array, place: number): number {
  return from[place] ?? Number.NaN;
}
