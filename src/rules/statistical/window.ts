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
  private atUs = -Infinity;
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

  /**
   * Moves the window to a reading. Costs what comes in and goes out, also when one reading was put in between since, and when it goes back.
   */
  moveTo(timeUs: number): void {
    const { readings } = this;
    if (this.insertions !== readings.insertions) this.noteInsertion();
    if (this.start < readings.dropped) this.place(timeUs);
    else if (timeUs < this.atUs) this.goBack(timeUs);
    else this.advance(timeUs);
    this.atUs = timeUs;
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

  private goBack(timeUs: number): void {
    const { start, end } = this;
    while (this.size > 0 && this.timeAt(this.size - 1) > timeUs) this.end -= 1;
    if (this.size === 0) {
      this.place(timeUs);
      return;
    }
    while (this.start > this.readings.dropped && this.timeAt(-1) > timeUs - this.windowUs) this.start -= 1;
    if (!this.stale) this.figure.wentBack(end - this.end, start - this.start);
  }

  /** Takes one reading in that was put between others; more than one, and the window is laid out anew. */
  private noteInsertion(): void {
    const { readings } = this;
    const { insertedUs } = readings;
    const isOne = readings.insertions === this.insertions + 1;
    this.insertions = readings.insertions;
    if (!isOne || this.start < readings.dropped) this.place(this.atUs);
    else if (insertedUs <= this.atUs - this.windowUs) {
      this.start += 1;
      this.end += 1;
    } else if (insertedUs <= this.atUs) {
      this.end += 1;
      const place = readings.placeAfter(insertedUs) - 1;
      if (!this.stale) this.figure.inserted(readings.numberAt(place), place + readings.dropped - this.start);
    }
  }

  private place(timeUs: number): void {
    const { readings } = this;
    this.start = readings.dropped + readings.placeAfter(timeUs - this.windowUs);
    this.end = readings.dropped + readings.placeAfter(timeUs);
    this.stale = true;
  }
}
