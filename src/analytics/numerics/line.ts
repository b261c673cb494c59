import { twoSidedP } from './student-t.ts';

/** What a least-squares line is computed from: the figures of `regr_*` over pairs (x, y). */
export interface PairSums {
  n: number;
  meanX: number;
  meanY: number;
  /** Sums of squared and multiplied differences from the means. */
  sxx: number;
  syy: number;
  sxy: number;
}

/** A least-squares line with what it is worth. */
export interface Line extends PairSums {
  slope: number;
  intercept: number;
  /** Null when all y are equal: there is nothing to explain. */
  rSquared: number | null;
  /** Standard deviation of the readings around the line (n - 2); null for two points. */
  residualDeviation: number | null;
  /** How likely such a slope is by chance; null for two points. */
  pValue: number | null;
}

/** The sums of some pairs, in two passes so that large means cost no digits. */
export function sumsOf(xs: ArrayLike<number>, ys: ArrayLike<number>): PairSums {
  const n = xs.length;
  let meanX = 0;
  let meanY = 0;
  for (let place = 0; place < n; place += 1) {
    meanX += ((xs[place] ?? 0) - meanX) / (place + 1);
    meanY += ((ys[place] ?? 0) - meanY) / (place + 1);
  }
  const sums = { n, meanX, meanY, sxx: 0, syy: 0, sxy: 0 };
  for (let place = 0; place < n; place += 1) {
    const dx = (xs[place] ?? 0) - meanX;
    const dy = (ys[place] ?? 0) - meanY;
    sums.sxx += dx * dx;
    sums.syy += dy * dy;
    sums.sxy += dx * dy;
  }
  return sums;
}

/** The line through pairs; undefined for fewer than two, or when all x are the same. */
export function lineThrough(sums: PairSums): Line | undefined {
  const { n, meanX, meanY, sxx, syy, sxy } = sums;
  if (n < 2 || sxx === 0) return undefined;
  const slope = sxy / sxx;
  // What the line leaves can come out below 0 by rounding alone.
  const left = Math.max(0, syy - slope * sxy);
  const residualDeviation = n > 2 ? Math.sqrt(left / (n - 2)) : null;
  const rSquared = syy === 0 ? null : Math.min(1, slope * (sxy / syy));
  const pValue = residualDeviation === null ? null : slopeP(slope, residualDeviation / Math.sqrt(sxx), n - 2);
  return { ...sums, slope, intercept: meanY - slope * meanX, rSquared, residualDeviation, pValue };
}

/** The line at `x`, and the standard deviation of the next reading there around it: 0 for a line through two points, of which nothing is known. */
export function predict(line: Line, x: number): { mean: number; deviation: number } {
  const distance = x - line.meanX;
  const mean = line.meanY + line.slope * distance;
  if (line.residualDeviation === null) return { mean, deviation: 0 };
  return { mean, deviation: line.residualDeviation * Math.sqrt(1 + 1 / line.n + (distance * distance) / line.sxx) };
}

function slopeP(slope: number, standardError: number, degrees: number): number {
  if (standardError === 0) return slope === 0 ? 1 : 0;
  return twoSidedP(slope / standardError, degrees);
}
