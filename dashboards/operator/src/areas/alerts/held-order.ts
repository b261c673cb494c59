/** The order in which a list is shown while it changes, and what waits to be shown. */
export interface HeldOrder {
  order: readonly string[];
  /** How many entries have come that are not shown yet. */
  waiting: number;
}

/**
 * The order to show next. While a person is about to click on something (`isHeld`) nothing moves: entries that are gone keep their place,
 * new ones wait. Otherwise it is the fresh order.
 */
export function nextOrder(shown: readonly string[], fresh: readonly string[], isHeld: boolean): HeldOrder {
  // In an empty list there is nothing that could move.
  if (!isHeld || shown.length === 0) return { order: fresh, waiting: 0 };
  const here = new Set(shown);
  return { order: shown, waiting: fresh.reduce((count, id) => (here.has(id) ? count : count + 1), 0) };
}
