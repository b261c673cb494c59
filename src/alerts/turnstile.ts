/** Lets a few in at a time, in the order in which they came. */
export class Turnstile {
  private readonly waiting: (() => void)[] = [];
  private first = 0;
  private free: number;

  constructor(places: number) {
    this.free = places;
  }

  /** Does something as soon as a place is free. */
  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Hands the place on to the next. A long list is shortened now and then, not with each that leaves it. */
  private leave(): void {
    const next = this.waiting[this.first];
    if (next === undefined) {
      this.free += 1;
      return;
    }
    this.first += 1;
    if (this.first === this.waiting.length || this.first >= 1_000) {
      this.waiting.splice(0, this.first);
      this.first = 0;
    }
    next();
  }
}
