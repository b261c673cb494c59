import type { PointValue } from '../../../../src/contracts/telemetry.ts';

/** One reading of one series. */
export interface SeriesPoint {
  /** The device's time of the reading, epoch microseconds; what identifies it in its series. */
  timeUs: number;
  value: PointValue;
}

/**
 * One series as the chart shows it: what the API has told, and the live readings after that. The API's part is the truth
 * (every stored point, each once); live updates only carry the newest reading of a moment and may be thinned for a slow
 * browser, so they are shown at once and replaced as soon as the API covers their time.
 */
export interface SeriesBuffer {
  /** Points from the API, by rising time. */
  readonly stored: readonly SeriesPoint[];
  /** Live points later than every stored one, by rising time. */
  readonly tail: readonly SeriesPoint[];
}

/** A series of which nothing is known yet. */
export const EMPTY_SERIES: SeriesBuffer = { stored: [], tail: [] };

/**
 * The buffer after the API answered for the time from `fromUs` on: there its points replace what was known, and live
 * points up to its newest one are covered.
 */
export function withHistory(buffer: SeriesBuffer, fromUs: number, points: readonly SeriesPoint[]): SeriesBuffer {
  const before = buffer.stored.filter((point) => point.timeUs < fromUs);
  const stored = distinctByTime([...before, ...points.filter((point) => point.timeUs >= fromUs)]);
  return { stored, tail: buffer.tail.filter((point) => isAfterStored(point, stored)) };
}

/** The buffer after one live reading. One that the API has covered already changes nothing. */
export function withLivePoint(buffer: SeriesBuffer, point: SeriesPoint): SeriesBuffer {
  if (!isAfterStored(point, buffer.stored)) return buffer;
  const newest = buffer.tail.at(-1);
  if (newest === undefined || point.timeUs > newest.timeUs) return { ...buffer, tail: [...buffer.tail, point] };
  return { ...buffer, tail: distinctByTime([...buffer.tail, point]) };
}

/** The buffer without what is older than `fromUs`, except the last reading before it, from which the line enters the window. */
export function trimmed(buffer: SeriesBuffer, fromUs: number): SeriesBuffer {
  const points = joined(buffer);
  const firstInside = points.findIndex((point) => point.timeUs >= fromUs);
  const keepFrom = points[(firstInside < 0 ? points.length : firstInside) - 1]?.timeUs;
  if (keepFrom === undefined || keepFrom === points[0]?.timeUs) return buffer;
  return {
    stored: buffer.stored.filter((point) => point.timeUs >= keepFrom),
    tail: buffer.tail.filter((point) => point.timeUs >= keepFrom),
  };
}

/** Every known point once, by rising time. */
export function joined(buffer: SeriesBuffer): readonly SeriesPoint[] {
  return [...buffer.stored, ...buffer.tail];
}

/** From when the API should be asked again, epoch microseconds: the newest it told, less what may still arrive late. */
export function reconcileFrom(buffer: SeriesBuffer, windowStartUs: number, latenessUs: number): number {
  const newestStoredUs = buffer.stored.at(-1)?.timeUs ?? windowStartUs;
  return Math.max(windowStartUs, newestStoredUs - latenessUs);
}

/**
 * True for a reading the API's part does not have. A live reading in whole milliseconds may stand for a stored one of the
 * same millisecond, so that within one millisecond the stored one counts.
 */
function isAfterStored(point: SeriesPoint, stored: readonly SeriesPoint[]): boolean {
  const newest = stored.at(-1);
  if (newest === undefined || point.timeUs <= newest.timeUs) return newest === undefined;
  const sameMillisecond = Math.floor(point.timeUs / 1_000) === Math.floor(newest.timeUs / 1_000);
  return !(sameMillisecond && point.timeUs % 1_000 === 0);
}

function distinctByTime(points: readonly SeriesPoint[]): SeriesPoint[] {
  const sorted = [...points].sort((left, right) => left.timeUs - right.timeUs);
  return sorted.filter((point, index) => point.timeUs !== sorted[index - 1]?.timeUs);
}
