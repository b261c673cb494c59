/** How a search for the lowest place went. */
export interface Lowest {
  at: number[];
  value: number;
}

interface Corner {
  at: number[];
  value: number;
}

const REFLECTION = 1;
const EXPANSION = 2;
const CONTRACTION = 0.5;
const SHRINKING = 0.5;

/**
 * Looks for the lowest place of a function of few variables without its derivatives (Nelder and Mead 1965). The same start gives the same answer.
 * Ends when the values of all corners agree to `tolerance` (relative), or after `mostSteps`.
 */
export function lowestPlace(
  of: (at: readonly number[]) => number,
  start: readonly number[],
  { size = 0.1, tolerance = 1e-10, mostSteps = 400 }: { size?: number; tolerance?: number; mostSteps?: number } = {},
): Lowest {
  const cornerAt = (at: number[]): Corner => ({ at, value: of(at) });
  const corners = [start, ...start.map((_, moved) => start.map((one, place) => (place === moved ? one + size : one)))].map((at) =>
    cornerAt([...at]),
  );
  for (let step = 0; step < mostSteps; step += 1) {
    corners.sort((left, right) => left.value - right.value);
    const [best, worst] = [corners[0], corners.at(-1)];
    const secondWorst = corners.at(-2);
    if (best === undefined || worst === undefined || secondWorst === undefined) break;
    if (worst.value - best.value <= tolerance * (Math.abs(best.value) + Number.MIN_VALUE)) break;
    const middle = start.map((_, place) => sum(corners.slice(0, -1).map(({ at }) => at[place] ?? 0)) / (corners.length - 1));
    const along = (factor: number): Corner => cornerAt(middle.map((one, place) => one + factor * (one - (worst.at[place] ?? 0))));
    const moved = move(along, { best, secondWorst, worst });
    if (moved !== undefined) corners[corners.length - 1] = moved;
    else
      corners.splice(
        1,
        corners.length - 1,
        ...corners.slice(1).map(({ at }) => cornerAt(at.map((one, place) => towards(best.at[place] ?? 0, one)))),
      );
  }
  corners.sort((left, right) => left.value - right.value);
  return corners[0] ?? { at: [...start], value: of(start) };
}

/** A better corner than the worst one, on the line through it and the middle of the others; undefined when there is none. */
function move(
  along: (factor: number) => Corner,
  { best, secondWorst, worst }: Record<'best' | 'secondWorst' | 'worst', Corner>,
): Corner | undefined {
  const reflected = along(REFLECTION);
  if (reflected.value < best.value) {
    const expanded = along(EXPANSION);
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < secondWorst.value) return reflected;
  const contracted = along(reflected.value < worst.value ? CONTRACTION : -CONTRACTION);
  return contracted.value < Math.min(reflected.value, worst.value) ? contracted : undefined;
}

function towards(best: number, one: number): number {
  return best + SHRINKING * (one - best);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0);
}
