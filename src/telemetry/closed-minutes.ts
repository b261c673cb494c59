/** Minutes that are rolled up, or about to be: from `fromUs` on and before `untilUs`, whole epoch microseconds. */
export interface ClosedRange {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** One write of readings that is under way; hand it back with `leave`. */
export type Passage = number;

/**
 * What ingest and the roll-up agree on: a reading of a closed minute must mark that minute in the transaction that stores it. Closing goes in two
 * steps, so that no reading is missed: first the minutes count as closed for every write that begins from then on (`close`), then whoever
 * rolls them up waits for the writes that began before (`settled`), and only then reads the readings.
 */
export class ClosedMinutes {
  private closed: ClosedRange = { fromUs: Number.POSITIVE_INFINITY, untilUs: Number.NEGATIVE_INFINITY };
  private generation = 0;
  /** Writes under way, by the generation in which they began. */
  private readonly underWay = new Map<number, number>();
  private waiting: { before: number; resolve: () => void }[] = [];

  /** The minutes whose readings must be marked now. */
  get range(): ClosedRange {
    return this.closed;
  }

  /** A write begins; it must look at `range` after this. */
  enter(): Passage {
    this.underWay.set(this.generation, (this.underWay.get(this.generation) ?? 0) + 1);
    return this.generation;
  }

  /** A write has ended: it has committed, or it is certain that it never will. */
  leave(passage: Passage): void {
    const left = (this.underWay.get(passage) ?? 1) - 1;
    if (left > 0) {
      this.underWay.set(passage, left);
      return;
    }
    this.underWay.delete(passage);
    const done = this.waiting.filter(({ before }) => !this.anyBefore(before));
    this.waiting = this.waiting.filter((waiter) => !done.includes(waiter));
    for (const { resolve } of done) resolve();
  }

  /** From now on these minutes are closed for every write that begins. */
  close(range: ClosedRange): void {
    this.closed = range;
    this.generation += 1;
  }

  /** Resolves when every write has ended that began before the last `close`. */
  settled(): Promise<void> {
    const before = this.generation;
    if (!this.anyBefore(before)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ before, resolve }));
  }

  private anyBefore(generation: number): boolean {
    for (const begun of this.underWay.keys()) if (begun < generation) return true;
    return false;
  }
}
