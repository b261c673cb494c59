/**
 * Student's t distribution: how likely a slope or a correlation is by chance, and how wide an interval must be.
 * By the incomplete beta function with its continued fraction (DLMF 8.17.22, evaluated as Lentz 1976); good to about 1e-12 relative.
 */

const SMALLEST = 1e-300;
const CLOSE_ENOUGH = 1e-16;
const MOST_STEPS = 20_000;
/** From here on the asymptotic series of the ratio of gamma functions is exact to the last digits of a double. */
const ASYMPTOTIC_FROM = 40;
/** Coefficients of 1/a, 1/a², … of gamma(a + 1/2) / gamma(a) / sqrt(a) (DLMF 5.11.13). */
const RATIO_SERIES = [-1 / 8, 1 / 128, 5 / 1_024, -21 / 32_768, -399 / 262_144, 869 / 4_194_304, 39_325 / 33_554_432];

/**
 * The probability of a `t` at least that far from 0, on either side, with `degrees` of freedom (above 0).
 * 1 for t = 0, 0 for an infinite t.
 */
export function twoSidedP(t: number, degrees: number): number {
  if (t === 0) return 1;
  if (!Number.isFinite(t)) return 0;
  const square = t * t;
  const near = square / (degrees + square);
  // The fraction converges fast on one side of the mean of the distribution; the other side is the rest to 1.
  return near > 3 / (degrees + 3)
    ? tail(degrees / 2, 0.5, 1 - near, square / degrees)
    : 1 - tailOfNear(degrees / 2, near, square / degrees);
}

/** The value that a t with `degrees` of freedom is below with this probability (between 0 and 1, not at them). */
export function studentQuantile(probability: number, degrees: number): number {
  if (probability === 0.5) return 0;
  const beyond = 2 * Math.min(probability, 1 - probability);
  let low = 0;
  let high = 1;
  while (twoSidedP(high, degrees) > beyond) high *= 2;
  for (let step = 0; step < 200 && high - low > CLOSE_ENOUGH * high; step += 1) {
    const middle = (low + high) / 2;
    if (twoSidedP(middle, degrees) > beyond) low = middle;
    else high = middle;
  }
  const distance = (low + high) / 2;
  return probability > 0.5 ? distance : -distance;
}

/** The incomplete beta function I(x; a, 1/2) with x = degrees / (degrees + t²); `odds` is t² / degrees. */
function tail(a: number, b: number, x: number, odds: number): number {
  return (frontOf(a, odds) / a) * continuedFraction(a, b, x);
}

/** The incomplete beta function I(near; 1/2, a): the part around 0. */
function tailOfNear(a: number, near: number, odds: number): number {
  return (frontOf(a, odds) / 0.5) * continuedFraction(0.5, a, near);
}

/** x^a (1 - x)^(1/2) / B(a, 1/2), of the odds (1 - x) / x, which keeps the digits that 1 - x loses. */
function frontOf(a: number, odds: number): number {
  return Math.exp(-a * Math.log1p(odds)) * Math.sqrt(odds / (1 + odds)) * (gammaRatio(a) / Math.sqrt(Math.PI));
}

/** gamma(a + 1/2) / gamma(a). */
function gammaRatio(a: number): number {
  let factor = 1;
  let at = a;
  for (; at < ASYMPTOTIC_FROM; at += 1) factor *= at / (at + 0.5);
  const series = RATIO_SERIES.reduceRight((sum, coefficient) => (sum + coefficient) / at, 0);
  return factor * Math.sqrt(at) * (1 + series);
}

function continuedFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let step = 1; step <= MOST_STEPS; step += 1) {
    const even = (step * (b - step) * x) / ((a + 2 * step - 1) * (a + 2 * step));
    d = 1 / notZero(1 + even * d);
    c = notZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + step) * (a + b + step) * x) / ((a + 2 * step) * (a + 2 * step + 1));
    d = 1 / notZero(1 + odd * d);
    c = notZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < CLOSE_ENOUGH) break;
  }
  return fraction;
}

function notZero(value: number): number {
  return Math.abs(value) < SMALLEST ? SMALLEST : value;
}
