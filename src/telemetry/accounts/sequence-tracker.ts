import { z } from 'zod';

/** Numbers that were passed over and may still come: from `first` to `last`, noticed in an hour (since 1970). */
const gapSchema = z.object({ first: z.int(), last: z.int(), hour: z.int() });

/** Where a device stands with the numbers of its messages, as it is stored. */
export const sequenceStateSchema = z.object({
  /** The number that is expected next. */
  next: z.int(),
  /** Rising. What is not here any more stays missing. */
  gaps: z.array(gapSchema),
});
export type SequenceState = z.infer<typeof sequenceStateSchema>;
type Gap = z.infer<typeof gapSchema>;

/** What a run of numbers changes in the account of an hour. */
export interface SequenceChange {
  hour: number;
  /** Different messages that came. */
  numbered: number;
  /** Below 0 in the hour of a gap that was filled later. */
  missing: number;
  restarts: number;
}

/** Numbers in a row, first and last, and the hour (since 1970) in which they came. */
export interface NumberRun {
  first: number;
  last: number;
  hour: number;
  /** These messages brought nothing new: they are sent again (or refused), and begin no new numbering. */
  isRepeat: boolean;
}

/** A step ahead that is larger is a new numbering and not a gap: more than eleven days of a message a second. */
export const LARGEST_GAP = 1_000_000;
/** A number that is so little behind is one message late or sent again; one that is further behind is the beginning of a new numbering. */
export const REORDER_WINDOW = 1_000;
/** Gaps that may still be filled; the oldest is given up when there are more. */
export const MOST_GAPS = 100;

/**
 * Follows the numbers that one device gives its messages. The first number ever is taken as it is; after that each one that is passed over is
 * missing until it comes. 0 or 1, and whatever is far behind, begins a new numbering: what was still missing then stays so.
 */
export class SequenceTracker {
  private next: number | undefined;
  private gaps: Gap[];

  constructor(state?: SequenceState) {
    this.next = state?.next;
    this.gaps = state?.gaps.map((gap) => ({ ...gap })) ?? [];
  }

  /** What is to be stored; undefined while no number has come. */
  get state(): SequenceState | undefined {
    return this.next === undefined ? undefined : { next: this.next, gaps: this.gaps };
  }

  /** Takes the next numbers and answers what they change; hours may be there more than once. */
  take({ first, last, hour, isRepeat }: NumberRun): SequenceChange[] {
    if (this.next === undefined) {
      this.next = first;
      return this.goOn(first, last, hour);
    }
    if (first >= this.next) return this.ahead({ first, last, hour });
    if (last >= this.next) return [...this.take({ first, last: this.next - 1, hour, isRepeat }), ...this.goOn(this.next, last, hour)];
    const filled = this.fill(first, last, hour);
    if (filled.length > 0 || isRepeat || !this.beginsAnew(first)) return filled;
    return this.restart(first, last, hour);
  }

  /** What a later number means depends on how far ahead it is. */
  private ahead({ first, last, hour }: Omit<NumberRun, 'isRepeat'>): SequenceChange[] {
    const next = this.next ?? first;
    const missing = first - next;
    if (missing > LARGEST_GAP) return this.restart(first, last, hour);
    if (missing > 0) {
      this.gaps.push({ first: next, last: first - 1, hour });
      if (this.gaps.length > MOST_GAPS) this.gaps.shift();
    }
    return [...(missing > 0 ? [{ hour, numbered: 0, missing, restarts: 0 }] : []), ...this.goOn(first, last, hour)];
  }

  private goOn(first: number, last: number, hour: number): SequenceChange[] {
    this.next = last + 1;
    return [{ hour, numbered: last - first + 1, missing: 0, restarts: 0 }];
  }

  private restart(first: number, last: number, hour: number): SequenceChange[] {
    this.gaps = [];
    return [{ hour, numbered: 0, missing: 0, restarts: 1 }, ...this.goOn(first, last, hour)];
  }

  private beginsAnew(first: number): boolean {
    return first <= 1 || (this.next ?? 0) - first > REORDER_WINDOW;
  }

  /** Numbers that were missing and have come now. */
  private fill(first: number, last: number, hour: number): SequenceChange[] {
    const changes: SequenceChange[] = [];
    const left: Gap[] = [];
    for (const gap of this.gaps) {
      const from = Math.max(first, gap.first);
      const to = Math.min(last, gap.last);
      if (from > to) {
        left.push(gap);
        continue;
      }
      if (gap.first < from) left.push({ ...gap, last: from - 1 });
      if (gap.last > to) left.push({ ...gap, first: to + 1 });
      const count = to - from + 1;
      changes.push({ hour: gap.hour, numbered: 0, missing: -count, restarts: 0 }, { hour, numbered: count, missing: 0, restarts: 0 });
    }
    this.gaps = left.slice(-MOST_GAPS);
    return changes;
  }
}
