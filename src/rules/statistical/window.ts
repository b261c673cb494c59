import type { Statistic } from '../../contracts/rules.ts';
import type { Readings } from '../readings.ts';
import { figureOf } from './figure.ts';
import type { Figure } from './figure.ts';

/**
 * The readings of one series that are younger than the window, counted from the one that is judged: from `judged - window` (without it) to
 * `judged`, in event time. A view on readings that others share, with a figure that is kept up to date while it moves on.
 */
export class SlidingWindow {
  private readonly readings: Readings;
  private readonly figure: Figure;
  private readonly windowUs: number;
  /** First reading in the window and first one behind it, counted from the first reading that ever was. */
  private start = 0;
  private end = 0;
  private insertions: number;
  private stale = true;

  constructor(statistic: Statistic, windowUs: number, readings: Readings) {
    this.readings = readings;
    this.windowUs = windowUs;
    this.figure = figureOf(statistic, this);
    this.insertions = readings.insertions;
  }

  /** How many readings are in the window. */
  get size(): number {
    return this.end - this.start;
  }

  /** The time of a reading of the window, 0 being the oldest. */
  timeAt(place: number): number {
    return this.readings.timeAt(this.start - this.readings.dropped + place);
  }

  /** The value of a reading of the window, 0 being the oldest. */
  valueAt(place: number): number {
    return this.readings.numberAt(this.start - this.readings.dropped + place);
  }

  /** The figure of the readings in the window. */
  value(): number {
    if (this.stale) this.figure.reset();
    this.stale = false;
    return this.figure.value();
  }

  /** Moves the window to a reading; costs what comes in and goes out, unless readings were put in between or the window moves back. */
  moveTo(timeUs: number): void {
    const { readings } = this;
    const isMoved = this.insertions !== readings.insertions || this.start < readings.dropped || this.isPast(timeUs);
    if (isMoved) this.place(timeUs);
    else this.advance(timeUs);
  }

  private advance(timeUs: number): void {
    const { readings } = this;
    for (let place = this.end - readings.dropped; readings.timeAt(place) <= timeUs; place += 1) {
      this.end += 1;
      if (!this.stale) this.figure.added(readings.numberAt(place));
    }
    while (this.size > 0 && this.timeAt(0) <= timeUs - this.windowUs) {
      const value = this.valueAt(0);
      this.start += 1;
      if (!this.stale) this.figure.removed(value);
    }
  }

  private place(timeUs: number): void {
    const { readings } = this;
    this.start = readings.dropped + readings.placeAfter(timeUs - this.windowUs);
    this.end = readings.dropped + readings.placeAfter(timeUs);
    this.insertions = readings.insertions;
    this.stale = true;
  }

  /** Whether the newest reading of the window is newer than the one to move to. */
  private isPast(timeUs: number): boolean {
    return this.size > 0 && this.timeAt(this.size - 1) > timeUs;
  }
}
