/** How much numbers in the order of their times depend on the one before, -1 to 1; null when they do not vary. Their mean is taken to be 0. */
export function firstAutocorrelation(rest: Float64Array): number | null {
  let together = 0;
  let alone = 0;
  for (let place = 0; place < rest.length; place += 1) {
    const value = rest[place] ?? 0;
    alone += value * value;
    if (place > 0) together += value * (rest[place - 1] ?? 0);
  }
  const found = together / alone;
  return Number.isFinite(found) ? found : null;
}

/**
 * As how many independent readings `n` count of which each depends on the one before: n (1 - a) / (1 + a), as Santer and others (2000) for the
 * trends of temperatures. Never more than there are.
 */
export function effectiveCount(n: number, autocorrelation: number): number {
  return Math.min(n, (n * (1 - autocorrelation)) / (1 + autocorrelation));
}
