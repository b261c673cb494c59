import type { Figure } from './figure.ts';
import type { WindowReadings } from './window-readings.ts';

/** With more readings than this since the turn, a window that goes back turns: then the next ones that go back find few. */
const MOST_MADE_ANEW = 64;

/** What can be computed for parts of a window and put together, in whatever order. A part is `width` numbers; the one at work is in `ONE`. */
interface Fold {
  width: number;
  /** Makes `ONE` the part of one reading. */
  put(value: number): void;
  /** Puts the part that stands at a place of an array and `ONE` together, in `ONE`. */
  join(parts: Float64Array, at: number): void;
}

const ONE = new Float64Array(3);

/**
 * A fold over a sliding window as two stacks: readings that came since the last turn are one part; those before it are kept as the part from
 * each of them to the turn, so that the oldest is taken out by dropping one. When none is left, everything turns. Each reading is
 * therefore joined twice, however long the window is, and nothing is ever subtracted: an absurd reading leaves no error behind.
 */
export class FoldFigure implements Figure {
  private readonly readings: WindowReadings;
  private readonly fold: Fold;
  private readonly result: (whole: Float64Array) => number;
  /** First the part of what is newer than the turn; then `count` parts, that of the newest before the turn first, that of all of them last. */
  private parts: Float64Array;
  private count = 0;
  private newerCount = 0;

  constructor(readings: WindowReadings, fold: Fold, result: (whole: Float64Array) => number) {
    this.readings = readings;
    this.fold = fold;
    this.result = result;
    this.parts = new Float64Array(fold.width);
  }

  added(value: number): void {
    this.fold.put(value);
    if (this.newerCount > 0) this.fold.join(this.parts, 0);
    this.keep(0);
    this.newerCount += 1;
  }

  removed(): void {
    // The reading is gone from the window already: what turns is what is left.
    if (this.count === 0) this.turn();
    else this.count -= 1;
  }

  /** Behind the turn it is one more of the newer ones; before it the parts from it to the oldest are made anew. */
  inserted(value: number, place: number): void {
    if (place >= this.count) {
      this.added(value);
      return;
    }
    this.count -= place;
    this.push(place);
  }

  wentBack(newest: number, oldest: number): void {
    const left = this.newerCount - newest;
    if (left < 0 || left > MOST_MADE_ANEW) {
      this.reset();
      return;
    }
    const { readings } = this;
    this.newerCount = 0;
    for (let place = readings.size - left; place < readings.size; place += 1) this.added(readings.valueAt(place));
    this.push(oldest - 1);
  }

  reset(): void {
    this.count = 0;
    this.turn();
  }

  value(): number {
    const { fold, parts, count, newerCount } = this;
    if (count + newerCount === 0) return Number.NaN;
    const first = newerCount > 0 ? 0 : count * fold.width;
    for (let index = 0; index < fold.width; index += 1) ONE[index] = parts[first + index] ?? 0;
    if (newerCount > 0 && count > 0) fold.join(parts, count * fold.width);
    return this.result(ONE);
  }

  private turn(): void {
    this.newerCount = 0;
    this.push(this.readings.size - 1);
  }

  /** Adds the parts of a place and of all older ones. */
  private push(from: number): void {
    const { fold, readings } = this;
    this.makeRoom(this.count + from + 2);
    for (let place = from; place >= 0; place -= 1) {
      fold.put(readings.valueAt(place));
      if (this.count > 0) fold.join(this.parts, this.count * fold.width);
      this.count += 1;
      this.keep(this.count * fold.width);
    }
  }

  private keep(at: number): void {
    const { parts } = this;
    for (let index = 0; index < this.fold.width; index += 1) parts[at + index] = ONE[index] ?? 0;
  }

  private makeRoom(count: number): void {
    const needed = count * this.fold.width;
    if (needed <= this.parts.length && needed * 4 >= this.parts.length) return;
    const parts = new Float64Array(Math.ceil(needed * 1.25));
    parts.set(this.parts.subarray(0, (this.count + 1) * this.fold.width));
    this.parts = parts;
  }
}

/** The sum of the readings, and what rounding took from it: as exact as if it were computed with twice the digits (Knuth's TwoSum). */
export const SUM: Fold = {
  width: 2,
  put: (value) => {
    ONE[0] = value;
    ONE[1] = 0;
  },
  join: (parts, at) => {
    const highA = parts[at] ?? 0;
    const highB = ONE[0] ?? 0;
    const high = highA + highB;
    const fromB = high - highA;
    ONE[1] = highA - (high - fromB) + (highB - fromB) + ((parts[at + 1] ?? 0) + (ONE[1] ?? 0));
    ONE[0] = high;
  },
};

/**
 * Number, mean, and sum of the squared distances from the mean. Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing
 * sample variances (1979). Equal readings give exactly 0.
 */
export const MOMENTS: Fold = {
  width: 3,
  put: (value) => {
    ONE[0] = 1;
    ONE[1] = value;
    ONE[2] = 0;
  },
  join: (parts, at) => {
    const countA = parts[at] ?? 0;
    const countB = ONE[0] ?? 0;
    const meanA = parts[at + 1] ?? 0;
    const count = countA + countB;
    const distance = (ONE[1] ?? 0) - meanA;
    ONE[2] = (parts[at + 2] ?? 0) + (ONE[2] ?? 0) + (distance * distance * countA * countB) / count;
    ONE[1] = meanA + (distance * countB) / count;
    ONE[0] = count;
  },
};

function extreme(better: (a: number, b: number) => number): Fold {
  return {
    width: 1,
    put: (value) => {
      ONE[0] = value;
    },
    join: (parts, at) => {
      ONE[0] = better(parts[at] ?? 0, ONE[0] ?? 0);
    },
  };
}

/** The smallest reading. */
export const MINIMUM = extreme((a, b) => (a < b ? a : b));
/** The largest reading. */
export const MAXIMUM = extreme((a, b) => (a > b ? a : b));
