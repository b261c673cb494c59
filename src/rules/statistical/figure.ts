import type { Statistic } from '../../contracts/rules.ts';
import { FoldFigure, MAXIMUM, MINIMUM, MOMENTS, SUM } from './fold.ts';
import { QuantileFigure } from './quantile.ts';
import type { WindowReadings } from './window-readings.ts';

/** One figure over the readings of a window, kept up to date while readings come and go. */
export interface Figure {
  /** A reading was added that is the newest. */
  added(value: number): void;
  /** The oldest reading was taken out. */
  removed(value: number): void;
  /** A reading was put in at a place, 0 being the oldest. */
  inserted(value: number, place: number): void;
  /** The window went back: so many of the newest are behind its end now, and so many older ones are in it again. */
  wentBack(newest: number, oldest: number): void;
  /** The readings have changed in another way: everything is computed anew. */
  reset(): void;
  /** The figure, asked only while the window has as many readings as it needs. */
  value(): number;
}

/** The figure of a function. Each costs the same per reading however long the window is; median and p95 its logarithm. */
export function figureOf(statistic: Statistic, readings: WindowReadings): Figure {
  switch (statistic) {
    case 'avg':
      return new FoldFigure(readings, SUM, (sum) => totalOf(sum) / readings.size);
    case 'sum':
      return new FoldFigure(readings, SUM, totalOf);
    case 'min':
      return new FoldFigure(readings, MINIMUM, first);
    case 'max':
      return new FoldFigure(readings, MAXIMUM, first);
    case 'stddev':
      return new FoldFigure(readings, MOMENTS, ([count = 0, , squares = 0]) => Math.sqrt(squares / (count - 1)));
    case 'median':
      return new QuantileFigure(readings, 0.5);
    case 'p95':
      return new QuantileFigure(readings, 0.95);
    case 'count':
      return fromEnds(() => readings.size);
    case 'rate':
      return fromEnds(() => rateOf(readings));
  }
}

function first(whole: Float64Array): number {
  return whole[0] ?? Number.NaN;
}

function totalOf(sum: Float64Array): number {
  return (sum[0] ?? Number.NaN) + (sum[1] ?? 0);
}

/** A figure that only the number of readings and the first and last of them matter for. */
function fromEnds(value: () => number): Figure {
  const nothing = (): void => undefined;
  return { added: nothing, removed: nothing, inserted: nothing, wentBack: nothing, reset: nothing, value };
}

/** From the oldest to the newest reading of the window, per second of event time. */
function rateOf(readings: WindowReadings): number {
  const newest = readings.size - 1;
  return (readings.valueAt(newest) - readings.valueAt(0)) / ((readings.timeAt(newest) - readings.timeAt(0)) / 1_000_000);
}
