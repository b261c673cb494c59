import type { PointValue } from '../../contracts/telemetry.ts';
import type { Readings } from '../readings.ts';
import type { PointEvent, RuleDecision } from '../types.ts';

/** What is compared with the limit at an instant. */
export interface Derived {
  timeUs: number;
  value: PointValue;
}

/** How a type of rule makes of its readings what is compared with the limit. */
export interface Derivation {
  /** Whether a reading can be judged at all; one that cannot is passed over as if it had not been sent. */
  takes(value: PointValue): boolean;
  /**
   * What is compared at the newest reading; undefined when there is nothing to compare (too few readings, the other side is missing). The
   * object may be the same one each time.
   */
  next(input: number, event: PointEvent): Derived | undefined;
  /** Whether the newest comparison took this reading in already, because readings of one instant came together. */
  covers(input: number, timeUs: number): boolean;
  /** The same once more for all readings newer than `afterUs` and up to `throughUs`, oldest first, as the readings are now. */
  again(afterUs: number, throughUs: number, each: (derived: Derived) => void): void;
  /** Adds to a decision what it was decided on: the comparison at an instant, which is before that of the decision when a timer decided. */
  describe(decision: RuleDecision, comparedUs: number): RuleDecision;
}

/** A rule that compares each reading as it is. */
export class PlainReadings implements Derivation {
  private readonly readings: Readings;
  private readonly comparable: (value: PointValue) => boolean;

  /** `comparable`: whether the condition can compare a value. */
  constructor(readings: Readings, comparable: (value: PointValue) => boolean) {
    this.readings = readings;
    this.comparable = comparable;
  }

  takes(value: PointValue): boolean {
    return this.comparable(value);
  }

  next(_input: number, event: PointEvent): Derived {
    return event;
  }

  covers(): boolean {
    return false;
  }

  again(afterUs: number, throughUs: number, each: (derived: Derived) => void): void {
    const { readings } = this;
    for (let place = readings.placeAfter(afterUs); place < readings.size; place += 1) {
      const timeUs = readings.timeAt(place);
      if (timeUs > throughUs) return;
      each({ timeUs, value: readings.valueAt(place) });
    }
  }

  describe(decision: RuleDecision, comparedUs: number): RuleDecision {
    return { ...decision, inputs: [{ input: 0, value: decision.value, atUs: comparedUs }] };
  }
}
