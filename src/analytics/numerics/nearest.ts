/** Readings of one series, oldest first, as columns of one length. */
export interface TimedColumn {
  /** Whole epoch microseconds. */
  timesUs: Float64Array;
  numbers: Float64Array;
}

/** Values that belong together, as columns of one length. */
export interface Pairs {
  xs: Float64Array;
  ys: Float64Array;
}

/**
 * To each reading of the first series the nearest one of the second, at most `toleranceUs` away; the earlier one when two are as near. One
 * pass over both, since both are sorted by time.
 */
export function nearestPairs(first: TimedColumn, second: TimedColumn, toleranceUs: number): Pairs {
  const xs = new Float64Array(first.timesUs.length);
  const ys = new Float64Array(first.timesUs.length);
  let pairs = 0;
  let near = 0;
  first.timesUs.forEach((timeUs, place) => {
    near = nearestTo(timeUs, second.timesUs, near);
    if (!(Math.abs((second.timesUs[near] ?? NaN) - timeUs) <= toleranceUs)) return;
    xs[pairs] = first.numbers[place] ?? NaN;
    ys[pairs] = second.numbers[near] ?? NaN;
    pairs += 1;
  });
  return { xs: xs.subarray(0, pairs), ys: ys.subarray(0, pairs) };
}

/** The readings from `startUs` on and before `endUs`, without copying. */
export function within({ timesUs, numbers }: TimedColumn, startUs: number, endUs: number): TimedColumn {
  const from = firstNotBefore(timesUs, startUs);
  const to = firstNotBefore(timesUs, endUs);
  return { timesUs: timesUs.subarray(from, to), numbers: numbers.subarray(from, to) };
}

/** Where the nearest of some sorted times stands, looked for from one that is not behind it. */
function nearestTo(timeUs: number, timesUs: Float64Array, from: number): number {
  let place = from;
  while (place + 1 < timesUs.length && distance(timesUs, place + 1, timeUs) < distance(timesUs, place, timeUs)) place += 1;
  return place;
}

function distance(timesUs: Float64Array, place: number, timeUs: number): number {
  return Math.abs((timesUs[place] ?? NaN) - timeUs);
}

function firstNotBefore(timesUs: Float64Array, us: number): number {
  let [low, high] = [0, timesUs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesUs[middle] ?? NaN) < us) low = middle + 1;
    else high = middle;
  }
  return low;
}
