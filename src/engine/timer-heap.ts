/** One thing that is due at an instant. Setting another instant makes a new entry; the old one is passed over when it surfaces. */
export interface TimerEntry<Owner> {
  dueAtMs: number;
  owner: Owner;
}

/** A binary heap of timers: setting one and taking the earliest cost O(log n), however many devices wait. */
export class TimerHeap<Owner> {
  private readonly entries: TimerEntry<Owner>[] = [];

  /** The earliest instant in it, or undefined. */
  nextDueMs(): number | undefined {
    return this.entries[0]?.dueAtMs;
  }

  push(entry: TimerEntry<Owner>): void {
    let place = this.entries.push(entry) - 1;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = this.entries[parentPlace];
      if (parent === undefined || parent.dueAtMs <= entry.dueAtMs) break;
      this.entries[place] = parent;
      place = parentPlace;
    }
    this.entries[place] = entry;
  }

  /** Takes out the earliest entry when it is due at `nowMs`. */
  popDue(nowMs: number): TimerEntry<Owner> | undefined {
    const first = this.entries[0];
    if (first === undefined || first.dueAtMs > nowMs) return undefined;
    const last = this.entries.pop();
    if (last !== undefined && last !== first) this.sinkFromTop(last);
    return first;
  }

  private sinkFromTop(entry: TimerEntry<Owner>): void {
    let place = 0;
    for (;;) {
      let childPlace = 2 * place + 1;
      let child = this.entries[childPlace];
      if (child === undefined) break;
      const right = this.entries[childPlace + 1];
      if (right !== undefined && right.dueAtMs < child.dueAtMs) {
        child = right;
        childPlace += 1;
      }
      if (child.dueAtMs >= entry.dueAtMs) break;
      this.entries[place] = child;
      place = childPlace;
    }
    this.entries[place] = entry;
  }
}
