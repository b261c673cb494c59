const WINDOW_SECONDS = 10;

/** How many messages a second there were lately. Counting is two additions, because it is on the way of every message. */
export class MessageRate {
  private readonly counts = new Array<number>(WINDOW_SECONDS + 1).fill(0);
  private readonly seconds = new Array<number>(WINDOW_SECONDS + 1).fill(-1);
  private readonly startedSecond: number;

  /** Counting begins at `nowMs`, epoch milliseconds. */
  constructor(nowMs: number) {
    this.startedSecond = Math.floor(nowMs / 1_000);
  }

  /** One message at `nowMs`. */
  add(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    const place = second % this.counts.length;
    if (this.seconds[place] !== second) {
      this.seconds[place] = second;
      this.counts[place] = 0;
    }
    this.counts[place] = (this.counts[place] ?? 0) + 1;
  }

  /** Messages a second over the last 10 whole seconds before `nowMs`, or since the beginning when that is shorter ago. */
  perSecond(nowMs: number): number {
    const current = Math.floor(nowMs / 1_000);
    const length = Math.min(WINDOW_SECONDS, Math.max(1, current - this.startedSecond));
    let sum = 0;
    this.seconds.forEach((second, place) => {
      if (second < current && second >= current - length) sum += this.counts[place] ?? 0;
    });
    return sum / length;
  }
}
