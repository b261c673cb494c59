import type { Figure } from './figure.ts';
import { OrderedValues } from './ordered-values.ts';
import type { WindowReadings } from './window-readings.ts';

/** A quantile of a window, between two readings by straight line: the same as `percentile_cont` of SQL. */
export class QuantileFigure implements Figure {
  private readonly readings: WindowReadings;
  private readonly fraction: number;
  private ordered = new OrderedValues();

  constructor(readings: WindowReadings, fraction: number) {
    this.readings = readings;
    this.fraction = fraction;
  }

  added(value: number): void {
    this.ordered.add(value);
  }

  removed(value: number): void {
    this.ordered.remove(value);
  }

  inserted(value: number): void {
    this.ordered.add(value);
  }

  wentBack(newest: number, oldest: number): void {
    const { ordered, readings } = this;
    for (let place = 0; place < newest; place += 1) ordered.remove(readings.valueAt(readings.size + place));
    for (let place = 0; place < oldest; place += 1) ordered.add(readings.valueAt(place));
  }

  reset(): void {
    this.ordered = new OrderedValues();
    for (let place = 0; place < this.readings.size; place += 1) this.ordered.add(this.readings.valueAt(place));
  }

  value(): number {
    const rank = this.fraction * (this.ordered.size - 1);
    const below = Math.floor(rank);
    const lower = this.ordered.at(below);
    const part = rank - below;
    return part === 0 ? lower : lower + (this.ordered.at(below + 1) - lower) * part;
  }
}
