import { studentQuantile, twoSidedP } from './student-t.ts';

/** How strong a correlation is, by Cohen (1988): from 0.1 small, from 0.3 medium, from 0.5 large. */
export const STRENGTHS = ['negligible', 'small', 'medium', 'large'] as const;
export type Strength = (typeof STRENGTHS)[number];

const SMALL = 0.1;
const MEDIUM = 0.3;
const LARGE = 0.5;

/** The word for a correlation between -1 and 1. */
export function strengthOf(r: number): Strength {
  const size = Math.abs(r);
  if (size >= LARGE) return 'large';
  if (size >= MEDIUM) return 'medium';
  return size >= SMALL ? 'small' : 'negligible';
}

/** How likely a correlation of `n` pairs is at least that far from 0 by chance; null for fewer than three pairs. */
export function correlationP(r: number, n: number): number | null {
  if (n < 3) return null;
  if (Math.abs(r) >= 1) return 0;
  return twoSidedP(r * Math.sqrt((n - 2) / ((1 - r) * (1 + r))), n - 2);
}

/** Degrees of freedom from which Student's t is the normal distribution. */
const NORMAL = 1e9;
const SIGNIFICANCE = 0.05;
const POWER = 0.8;
/** From fewer pairs than this nothing is said to be significant: p and words of strength mean little there. */
export const FEWEST_PAIRS = 5;
let reach: number | undefined;

/**
 * How many pairs it takes to find a correlation of this size at p < 0.05 in four of five cases (Cohen 1988, by Fisher's z); null where there is no
 * correlation to find.
 */
export function neededPairs(r: number): number | null {
  reach ??= studentQuantile(1 - SIGNIFICANCE / 2, NORMAL) + studentQuantile(POWER, NORMAL);
  const needed = Math.ceil((reach / Math.atanh(Math.abs(r))) ** 2 + 3);
  return Number.isSafeInteger(needed) ? Math.max(FEWEST_PAIRS, needed) : null;
}
