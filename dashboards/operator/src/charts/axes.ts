/** Room above and below the lines, as a share of what they span. */
const HEADROOM = 0.1;
/** Means of equal readings differ in their last digits; what differs less than this share of its size is drawn as one value. */
const EQUAL_SHARE = 1e-12;
const LARGEST = Number.MAX_VALUE / 4;
/** What is drawn leaves room on its axis, however large it is. */
const LARGEST_DRAWN = LARGEST / 2;

/** A value as it is drawn: the largest numbers there are stand at the end of an axis that is still one. */
export function drawable(value: number): number {
  return Math.max(-LARGEST_DRAWN, Math.min(LARGEST_DRAWN, value));
}

/** The range of an axis that shows values from `min` to `max`, and the limits that are near. Never empty, never without end. */
export function valueRange(min: number | null, max: number | null, limits: readonly number[] = []): [low: number, high: number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  const [least, most] = [clamped(min), clamped(max)];
  const span = spanOf(least, most);
  // A limit that lies far away must not press the line flat.
  const near = limits.filter((value) => value > least - 2 * span && value < most + 2 * span);
  const low = Math.min(least, ...near);
  const high = Math.max(most, ...near);
  const room = spanOf(low, high) * HEADROOM;
  return [clamped(low - room), clamped(high + room)];
}

/** The range of an axis for bars, which stand on zero. */
export function barRange(min: number | null, max: number | null, limits: readonly number[] = []): [low: number, high: number] {
  const [low, high] = valueRange(Math.min(0, min ?? 0), Math.max(0, max ?? 0), limits);
  if (min === null || max === null) return [0, 1];
  return [min >= 0 ? 0 : low, max <= 0 ? 0 : high];
}

/** The scale of each line, by its unit: the first two units have an axis, at the left and at the right; truth values have a scale of their own. */
export function scalesOf(lines: readonly { kind: 'number' | 'boolean'; unit: string }[]): { names: string[]; units: string[] } {
  const units: string[] = [];
  const names = lines.map(({ kind, unit }) => {
    if (kind === 'boolean') return 'truth';
    if (!units.includes(unit)) units.push(unit);
    return `y${String(units.indexOf(unit))}`;
  });
  return { names, units };
}

/** How much an axis shows: from the least to the most, or the size of the value when there is only one. */
function spanOf(least: number, most: number): number {
  const size = Math.max(Math.abs(least), Math.abs(most));
  return most - least > size * EQUAL_SHARE ? most - least : size || 1;
}

function clamped(value: number): number {
  return Math.max(-LARGEST, Math.min(LARGEST, value));
}
