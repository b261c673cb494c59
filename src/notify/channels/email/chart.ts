import { Picture } from './png.ts';
import type { Colour } from './png.ts';

/** One reading: when (epoch milliseconds) and how much. */
export type SignalPoint = readonly [ms: number, value: number];

/** Which readings to draw: from `fromMs` on and before `toMs`. */
export interface SignalQuery {
  tenantId: string;
  deviceId: string;
  key: string;
  fromMs: number;
  toMs: number;
}

/** Where the chart has its readings from: the oldest first; empty for a series of texts, or when there are too many to draw. */
export type SignalAround = (query: SignalQuery) => Promise<readonly SignalPoint[]>;

/** What to draw. */
export interface ChartInput {
  points: readonly SignalPoint[];
  fromMs: number;
  toMs: number;
  /** Drawn as a dashed line; null: none. */
  threshold: number | null;
  /** Where the alert began, and where it ended (null: not yet); epoch milliseconds. */
  startMs: number;
  endMs: number | null;
  colour: Colour;
}

/** A drawn chart; `top` and `bottom` are the values at its upper and lower edge. */
export interface Chart {
  png: Buffer;
  top: number;
  bottom: number;
}

/** Twice the size it is shown in, so that it is sharp on every screen. */
const SIZE = { width: 1_008, height: 300 };
/** Pixels that stay free above and below the curve. */
const MARGIN = 14;
const WHITE: Colour = [255, 255, 255];
const GRID: Colour = [232, 237, 242];
const CURVE: Colour = [38, 70, 110];
const MARK: Colour = [120, 132, 146];

/** Draws the curve of a signal with its threshold and the time of the alert; undefined with fewer than two readings. */
export async function drawChart(input: ChartInput): Promise<Chart | undefined> {
  const { points, threshold, fromMs, toMs } = input;
  if (points.length < 2 || toMs <= fromMs) return undefined;
  const [bottom, top] = rangeOf(points, threshold);
  const x = (ms: number) => ((ms - fromMs) / (toMs - fromMs)) * (SIZE.width - 1);
  const y = (value: number) => MARGIN + ((top - value) / (top - bottom)) * (SIZE.height - 1 - 2 * MARGIN);
  const picture = new Picture(SIZE.width, SIZE.height, WHITE);
  shadeAlert(picture, input, x);
  for (let part = 0; part <= 4; part += 1) {
    const at = MARGIN + (part / 4) * (SIZE.height - 1 - 2 * MARGIN);
    picture.line([0, at], [SIZE.width, at], GRID, 1.5);
  }
  if (threshold !== null) dashes(picture, y(threshold), input.colour);
  const curve = thin(points, x).map(([at, value]): [number, number] => [at, y(value)]);
  for (let i = 1; i < curve.length; i += 1) picture.line(curve[i - 1] ?? [0, 0], curve[i] ?? [0, 0], CURVE, 4);
  const last = curve.at(-1);
  if (last !== undefined) picture.disc(last, 7, input.endMs === null ? input.colour : CURVE);
  return { png: await picture.png(), top, bottom };
}

/** The lowest and highest value, with the threshold; a flat line gets room above and below. */
function rangeOf(points: readonly SignalPoint[], threshold: number | null): [number, number] {
  let [low, high] = threshold === null ? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] : [threshold, threshold];
  for (const [, value] of points) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high - low > 0 ? [low, high] : [low - Math.max(1, Math.abs(low) * 0.1), high + Math.max(1, Math.abs(high) * 0.1)];
}

/** The lowest and the highest reading of each two columns of pixels, in their order: nothing that stands out is lost. */
function thin(points: readonly SignalPoint[], x: (ms: number) => number): [number, number][] {
  const kept: [number, number][] = [];
  let column: [number, number][] = [];
  const settle = () => {
    if (column.length <= 2) kept.push(...column);
    else {
      const byValue = [...column].sort((a, b) => a[1] - b[1]);
      const ends = [byValue[0] ?? [0, 0], byValue.at(-1) ?? [0, 0]] as [[number, number], [number, number]];
      kept.push(...ends.sort((a, b) => a[0] - b[0]));
    }
    column = [];
  };
  for (const [ms, value] of points) {
    const at = x(ms);
    if (column[0] !== undefined && Math.floor(at / 2) !== Math.floor(column[0][0] / 2)) settle();
    column.push([at, value]);
  }
  settle();
  return kept;
}

/** The time of the alert in a tint of its colour, and a line where it began. */
function shadeAlert(picture: Picture, { startMs, endMs, toMs, colour }: ChartInput, x: (ms: number) => number): void {
  const [from, to] = [Math.max(0, Math.round(x(startMs))), Math.round(x(endMs ?? toMs))];
  for (let column = from; column < Math.min(to, picture.width); column += 1) {
    for (let row = 0; row < picture.height; row += 1) picture.mix(column, row, colour, 0.09);
  }
  picture.line([from, 0], [from, picture.height], MARK, 1.5);
}

function dashes(picture: Picture, at: number, colour: Colour): void {
  for (let left = 0; left < picture.width; left += 22) picture.line([left, at], [left + 12, at], colour, 3);
}
