import type { Correlation } from '../../../../src/contracts/analytics.ts';

/** Two quantities and how they go together. */
export type Pair = Correlation['pairs'][number];
/** One quantity of a matrix. */
export type Correlated = Pair['first'];

/** A matrix of pairs; where a quantity meets itself there is none. */
export interface Grid {
  columns: Correlated[];
  rows: { of: Correlated; cells: (Pair | undefined)[] }[];
}

/** What identifies a quantity. */
export function idOf({ device_id: deviceId, key }: Pick<Correlated, 'device_id' | 'key'>): string {
  return `${deviceId}\n${key}`;
}

/**
 * The pairs as a matrix. With one device each quantity is a row and a column; with two, those of the first are rows and those of the second
 * columns, as that is what was asked for.
 */
export function gridOf(pairs: readonly Pair[], deviceId: string): Grid {
  const all = new Map(pairs.flatMap(({ first, second }) => [first, second]).map((one) => [idOf(one), one]));
  const others = [...all.values()].filter((one) => one.device_id !== deviceId);
  const own = [...all.values()].filter((one) => one.device_id === deviceId);
  const columns = others.length === 0 ? own : others;
  const byIds = new Map(
    pairs.flatMap((pair) => [[idsOf(pair.first, pair.second), pair] as const, [idsOf(pair.second, pair.first), pair] as const]),
  );
  return { columns, rows: own.map((of) => ({ of, cells: columns.map((column) => byIds.get(idsOf(of, column))) })) };
}

/** Of all pairs the one that goes together most; undefined when none is defined. */
export function strongest({ rows }: Grid): Pair | undefined {
  return rows
    .flatMap(({ cells }) => cells)
    .reduce<Pair | undefined>(
      (most, pair) => (pair?.r === undefined || pair.r === null || Math.abs(pair.r) <= Math.abs(most?.r ?? 0) ? most : pair),
      undefined,
    );
}

function idsOf(first: Correlated, second: Correlated): string {
  return `${idOf(first)}\n${idOf(second)}`;
}
