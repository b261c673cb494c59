import type { Statistic } from '../../contracts/rules.ts';
import type { PastReading } from '../types.ts';
import { figureOf } from './figure.ts';
import type { Figure } from './figure.ts';
import { Readings } from './readings.ts';

/**
 * The readings of one device that are younger than the window, counted from the newest one judged: from `newest - window` (without it) to
 * `newest`, in event time. A late reading is put in its place and counts from then on, so that the window is always what is stored.
 */
export class SlidingWindow {
  private readonly readings = new Readings();
  private readonly figure: Figure;
  private readonly windowUs: number;
  /** Stored readings that judging has not come to yet, oldest first. */
  private ahead: readonly PastReading[] = [];
  private nextAhead = 0;
  private newestUs = -Infinity;
  private stale = false;

  constructor(statistic: Statistic, windowUs: number) {
    this.figure = figureOf(statistic, this.readings);
    this.windowUs = windowUs;
  }

  get size(): number {
    return this.readings.size;
  }

  /** The figure of the readings in the window. */
  value(): number {
    if (this.stale) this.figure.reset();
    this.stale = false;
    return this.figure.value();
  }

  /** Fills the window with stored readings, oldest first; `judgedUs` is the newest that was judged before, or null. */
  prime(past: readonly PastReading[], judgedUs: number | null): void {
    this.ahead = past;
    this.nextAhead = 0;
    if (judgedUs !== null) this.catchUp(judgedUs);
  }

  /** A reading that is newer than all judged before. Asked twice for the same one it does nothing the second time. */
  advance(timeUs: number, value: number): void {
    this.catchUp(timeUs);
    if (this.newestUs < timeUs) this.push(timeUs, value);
    this.expire(timeUs);
  }

  /** A reading that is not newer than the last one judged; one that is there already, or too old for the window, changes nothing. */
  insertLate(timeUs: number, value: number, judgedUs: number): void {
    if (timeUs <= judgedUs - this.windowUs) return;
    if (this.readings.insert(timeUs, value)) this.stale = true;
    this.newestUs = Math.max(this.newestUs, timeUs);
  }

  private catchUp(throughUs: number): void {
    for (let next = this.ahead[this.nextAhead]; next !== undefined && next.timeUs <= throughUs; next = this.ahead[this.nextAhead]) {
      this.nextAhead += 1;
      if (next.timeUs > this.newestUs) this.push(next.timeUs, next.value);
      else if (this.readings.insert(next.timeUs, next.value)) this.stale = true;
    }
    if (this.nextAhead > 0 && this.nextAhead === this.ahead.length) {
      this.ahead = [];
      this.nextAhead = 0;
    }
    this.expire(throughUs);
  }

  private push(timeUs: number, value: number): void {
    this.readings.push(timeUs, value);
    this.newestUs = timeUs;
    if (!this.stale) this.figure.added(value);
  }

  private expire(timeUs: number): void {
    while (this.readings.size > 0 && this.readings.timeAt(0) <= timeUs - this.windowUs) {
      const value = this.readings.valueAt(0);
      this.readings.shift();
      if (!this.stale) this.figure.removed(value);
    }
  }
}
