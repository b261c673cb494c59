/** Where the time comes from. Everything that needs "now" is given one, so that tests and backtests can move it. */
export interface Clock {
  /** The current instant in epoch milliseconds (an integer). */
  nowMs(): number;
}

/** The machine's own clock. The one place that may call `Date.now()`. */
export const systemClock: Clock = { nowMs: () => Date.now() };
