import type { PointValue } from '../contracts/telemetry.ts';
import type { PastReading } from './types.ts';

/** The smallest space; it doubles as needed. */
const FIRST_CAPACITY = 8;

/**
 * The newest readings of one series in the order of their times, in a ring of 16 bytes a reading. All rules that read the series with the
 * same demand on quality share it. Adding the newest and dropping the oldest cost the same however many there are.
 */
export class Readings {
  private times = new Float64Array(FIRST_CAPACITY);
  private values = new Float64Array(FIRST_CAPACITY);
  private first = 0;
  private count = 0;
  private keepUs: number;
  private booleans = false;
  /** How many readings were dropped: the place of a reading plus this stays the same while others come and go at the ends. */
  dropped = 0;
  /** How often a reading was put between others, which moves the newer ones by a place. */
  insertions = 0;
  /** The time of the last of those. */
  insertedUs = Number.NaN;

  /** `keepMs`: how far before the newest reading put in the oldest one may be. */
  constructor(keepMs: number) {
    this.keepUs = Math.ceil(keepMs * 1_000);
  }

  get size(): number {
    return this.count;
  }

  /** Keeps readings at least for so long from now on. */
  keepFor(keepMs: number): void {
    this.keepUs = Math.max(this.keepUs, Math.ceil(keepMs * 1_000));
  }

  /** The time of the reading at a place, 0 being the oldest, epoch microseconds; NaN outside. */
  timeAt(place: number): number {
    return place >= 0 && place < this.count ? (this.times[this.slot(place)] ?? Number.NaN) : Number.NaN;
  }

  /** The value of the reading at a place as a number, 0 being the oldest; NaN outside. */
  numberAt(place: number): number {
    return place >= 0 && place < this.count ? (this.values[this.slot(place)] ?? Number.NaN) : Number.NaN;
  }

  /** The same as it was sent: a series of booleans has booleans. */
  valueAt(place: number): PointValue {
    const number = this.numberAt(place);
    return this.booleans ? number !== 0 : number;
  }

  /** The place of the first reading that is newer than an instant; `size` when none is. */
  placeAfter(timeUs: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timeAt(middle) <= timeUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Puts a reading in its place; true when it stood there before. Text has no place here and is not known, nor has what is too old from the
   * beginning. Drops what is too old by now.
   */
  put(timeUs: number, value: PointValue): boolean {
    if (typeof value === 'string' || timeUs < this.timeAt(this.count - 1) - this.keepUs) return false;
    if (typeof value === 'boolean') this.booleans = true;
    const known = !this.add(timeUs, Number(value));
    const oldestUs = timeUs - this.keepUs;
    while (this.count > 0 && this.timeAt(0) < oldestUs) this.shift();
    return known;
  }

  /** Adds stored readings of the past; nothing is dropped. */
  prime(past: readonly PastReading[], kind: 'number' | 'boolean'): void {
    if (kind === 'boolean') this.booleans = true;
    for (const { timeUs, value } of past) this.add(timeUs, value);
  }

  /** False when there is one of that time. Costs as much as there are newer ones. */
  private add(timeUs: number, value: number): boolean {
    if (this.count === 0 || timeUs > this.timeAt(this.count - 1)) {
      this.push(timeUs, value);
      return true;
    }
    const place = this.placeAfter(timeUs);
    if (place > 0 && this.timeAt(place - 1) === timeUs) return false;
    this.push(timeUs, value);
    for (let to = this.count - 1; to > place; to -= 1) this.set(to, this.timeAt(to - 1), this.numberAt(to - 1));
    this.set(place, timeUs, value);
    this.insertions += 1;
    this.insertedUs = timeUs;
    return true;
  }

  private push(timeUs: number, value: number): void {
    if (this.count === this.times.length) this.grow();
    this.set(this.count, timeUs, value);
    this.count += 1;
  }

  private shift(): void {
    this.first = this.slot(1);
    this.count -= 1;
    this.dropped += 1;
  }

  private slot(place: number): number {
    return (this.first + place) & (this.times.length - 1);
  }

  private set(place: number, timeUs: number, value: number): void {
    const slot = this.slot(place);
    this.times[slot] = timeUs;
    this.values[slot] = value;
  }

  private grow(): void {
    const times = new Float64Array(this.times.length * 2);
    const values = new Float64Array(this.values.length * 2);
    for (let place = 0; place < this.count; place += 1) {
      times[place] = this.times[this.slot(place)] ?? Number.NaN;
      values[place] = this.values[this.slot(place)] ?? Number.NaN;
    }
    this.times = times;
    this.values = values;
    this.first = 0;
  }
}
