/**
 * How long tests wait for what should come at once, in milliseconds: far longer than it takes on a slow and busy machine, so that only what
 * never comes fails.
 */
export const PATIENCE_MS = 60_000;
