import type { Clock } from '../../src/core/clock.ts';

/** Counts messages and answers, when asked, how many there were per second since it was last asked. */
export class Rate {
  private readonly clock: Clock;
  private count = 0;
  private sinceMs: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.sinceMs = clock.nowMs();
  }

  add(): void {
    this.count += 1;
  }

  perSecond(): number {
    const nowMs = this.clock.nowMs();
    const elapsedMs = nowMs - this.sinceMs;
    if (elapsedMs <= 0) return 0;
    const rate = Math.round((this.count * 1_000) / elapsedMs);
    this.count = 0;
    this.sinceMs = nowMs;
    return rate;
  }
}
