import { lineThrough, sumsOf } from './line.ts';

/** A season is believed from this autocorrelation on. */
const BELIEVED = 0.3;
/** Two, three, four seasons are a peak as well: of those that are about as high the shortest is the season. */
const AS_GOOD = 0.85;
/** A season must be seen so many times. */
const FEWEST_SEASONS = 3;

/**
 * The length of the season that regular readings have, in steps, by the highest peak of their autocorrelation once the straight line is taken out;
 * 1 for none.
 */
export function seasonOf(values: Float64Array): number {
  const line = lineThrough(sumsOf(Float64Array.from(values.keys()), values));
  if (line === undefined || line.syy === 0) return 1;
  const rest = values.map((value, step) => value - line.intercept - line.slope * step);
  const most = Math.floor(values.length / FEWEST_SEASONS);
  const correlations = Array.from({ length: most + 2 }, (_, lag) => autocorrelation(rest, lag));
  const peaks = correlations.flatMap((here, lag) => {
    const isPeak =
      lag >= 2 && lag <= most && here >= BELIEVED && here > (correlations[lag - 1] ?? 0) && here >= (correlations[lag + 1] ?? 0);
    return isPeak ? [{ lag, here }] : [];
  });
  const highest = Math.max(...peaks.map(({ here }) => here));
  return peaks.find(({ here }) => here >= AS_GOOD * highest)?.lag ?? 1;
}

function autocorrelation(rest: Float64Array, lag: number): number {
  let together = 0;
  let alone = 0;
  for (let step = 0; step < rest.length; step += 1) {
    const value = rest[step] ?? 0;
    alone += value * value;
    if (step >= lag) together += value * (rest[step - lag] ?? 0);
  }
  return alone === 0 ? 0 : together / alone;
}
