/** Where a gauge begins and how far it goes, in degrees clockwise from the top. */
export const START_DEGREES = -120;
/** See `START_DEGREES`. */
export const SWEEP_DEGREES = 240;

/** Between which values a gauge runs. */
export interface Scale {
  min: number;
  max: number;
}

/** What limits say of a value. */
export type Zone = 'low' | 'ok' | 'high';

/** A stretch of the scale, as parts of it from 0 to 1. */
export interface ZoneArc {
  zone: Zone;
  from: number;
  to: number;
}

/** No scale goes beyond this: its length is still a number. */
const LARGEST = 8e307;

interface Limits {
  lower: number | null;
  upper: number | null;
}

/** The scale of a gauge: as somebody said, else from 0 (or below) to a round number above what is to be seen on it. */
export function scaleOf(value: number | undefined, said: { min: number | null; max: number | null }, { lower, upper }: Limits): Scale {
  const seen = [value, lower, upper].filter((one): one is number => typeof one === 'number' && Number.isFinite(one));
  const low = Math.min(0, ...seen);
  const min = bounded(said.min ?? (low < 0 ? -roundUp(-low * 1.1) : 0));
  const most = bounded(Math.max(min, ...seen));
  const max = bounded(said.max ?? (most > min ? min + roundUp((most - min) * 1.2) : min + 100));
  return max > min ? { min, max } : { min, max: min + 1 };
}

/** Where on the scale a value stands, from 0 to 1; values beyond its ends stand at them. */
export function partOf(value: number, { min, max }: Scale): number {
  return Math.min(1, Math.max(0, (value - min) / (max - min)));
}

/** What the limits say of a value. */
export function zoneOf(value: number, { lower, upper }: Limits): Zone {
  if (upper !== null && value > upper) return 'high';
  return lower !== null && value < lower ? 'low' : 'ok';
}

/** The stretches into which limits divide the scale; one alone without limits. */
export function zonesOf(scale: Scale, { lower, upper }: Limits): ZoneArc[] {
  const from = lower === null ? 0 : partOf(lower, scale);
  const to = upper === null ? 1 : partOf(upper, scale);
  const arcs: ZoneArc[] = [
    { zone: 'low', from: 0, to: from },
    { zone: 'ok', from, to: Math.max(from, to) },
    { zone: 'high', from: Math.max(from, to), to: 1 },
  ];
  return arcs.filter((arc) => arc.to > arc.from);
}

/** An SVG path along the gauge, between two parts of the scale from 0 to 1, around (0, 0). */
export function arcPath(from: number, to: number, radius: number): string {
  const [startX, startY] = pointAt(from, radius);
  const [endX, endY] = pointAt(to, radius);
  const isLarge = (to - from) * SWEEP_DEGREES > 180 ? 1 : 0;
  return `M ${startX} ${startY} A ${String(radius)} ${String(radius)} 0 ${String(isLarge)} 1 ${endX} ${endY}`;
}

/** The point of a part of the scale, as texts for SVG. */
export function pointAt(part: number, radius: number): [x: string, y: string] {
  const angle = ((START_DEGREES + part * SWEEP_DEGREES) * Math.PI) / 180;
  return [(Math.sin(angle) * radius).toFixed(2), (-Math.cos(angle) * radius).toFixed(2)];
}

function bounded(value: number): number {
  return Math.min(LARGEST, Math.max(-LARGEST, value));
}

/** The next number above that reads well: 1, 2, 2.5, 5 and their tens. */
function roundUp(value: number): number {
  const size = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((one) => one * size >= value) ?? 10;
  return step * size;
}
