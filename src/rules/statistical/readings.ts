/** The smallest space; it doubles as needed. */
const FIRST_CAPACITY = 16;

/** Readings in the order of their times, in a ring: taking the oldest and adding the newest cost the same however many there are. */
export class Readings {
  private times = new Float64Array(FIRST_CAPACITY);
  private values = new Float64Array(FIRST_CAPACITY);
  private first = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** The time of the reading at a place, 0 being the oldest; NaN outside. */
  timeAt(place: number): number {
    return place < this.count ? (this.times[this.slot(place)] ?? Number.NaN) : Number.NaN;
  }

  /** The value of the reading at a place, 0 being the oldest; NaN outside. */
  valueAt(place: number): number {
    return place < this.count ? (this.values[this.slot(place)] ?? Number.NaN) : Number.NaN;
  }

  /** Adds a reading that is newer than all others. */
  push(timeUs: number, value: number): void {
    if (this.count === this.times.length) this.grow();
    this.put(this.count, timeUs, value);
    this.count += 1;
  }

  /** Takes the oldest reading out. */
  shift(): void {
    this.first = this.slot(1);
    this.count -= 1;
  }

  /** Puts a reading in its place; false when there is one of that time. Costs as much as there are newer ones. */
  insert(timeUs: number, value: number): boolean {
    let place = this.count;
    while (place > 0 && this.timeAt(place - 1) > timeUs) place -= 1;
    if (place > 0 && this.timeAt(place - 1) === timeUs) return false;
    this.push(timeUs, value);
    for (let to = this.count - 1; to > place; to -= 1) this.put(to, this.timeAt(to - 1), this.valueAt(to - 1));
    this.put(place, timeUs, value);
    return true;
  }

  private slot(place: number): number {
    return (this.first + place) & (this.times.length - 1);
  }

  private put(place: number, timeUs: number, value: number): void {
    this.times[this.slot(place)] = timeUs;
    this.values[this.slot(place)] = value;
  }

  private grow(): void {
    const times = new Float64Array(this.times.length * 2);
    const values = new Float64Array(this.values.length * 2);
    for (let place = 0; place < this.count; place += 1) {
      times[place] = this.timeAt(place);
      values[place] = this.valueAt(place);
    }
    this.times = times;
    this.values = values;
    this.first = 0;
  }
}
