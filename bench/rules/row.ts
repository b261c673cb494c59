/** One line of the table: what was measured, once for each round, and what it should be. */
export interface BenchRow {
  /** The part of the bench it belongs to. */
  part: string;
  what: string;
  unit: string;
  /** One figure for each round, in the order in which they were taken. */
  rounds: number[];
  /** The figure is to be below this; absent: it is there to compare with. */
  below?: number;
}

/** The middle one of some figures, or the mean of the two in the middle; NaN of none. */
export function median(figures: readonly number[]): number {
  return quantile(figures, 0.5);
}

/** A quantile of some figures, between two of them by straight line; NaN of none. */
export function quantile(figures: readonly number[], fraction: number): number {
  const sorted = Float64Array.from(figures).sort();
  const rank = fraction * (sorted.length - 1);
  const lower = sorted[Math.floor(rank)] ?? Number.NaN;
  const upper = sorted[Math.ceil(rank)] ?? Number.NaN;
  return lower + (upper - lower) * (rank - Math.floor(rank));
}

/** Numbers from 0 to below 1 that look random and are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The options of a part, as `--name number` words of its command line; those not given have the value in `defaults`. */
export function optionsOf<Names extends string>(words: readonly string[], defaults: Record<Names, number>): Record<Names, number> {
  const options = { ...defaults };
  for (const name of Object.keys(defaults) as Names[]) {
    const place = words.indexOf(`--${name}`);
    if (place >= 0) options[name] = Number(words[place + 1]);
    if (!Number.isFinite(options[name])) throw new Error(`--${name} needs a number, such as --${name} ${String(defaults[name])}.`);
  }
  return options;
}

/** Tells `rules.bench.ts` a line of the table. */
export function report(row: BenchRow): void {
  process.stdout.write(`${JSON.stringify(row)}\n`);
}
