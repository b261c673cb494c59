import type { Clock } from '../../../src/core/clock.ts';

/** From so many names on, those that may pass again are forgotten. */
const TIDY_FROM = 10_000;

/** Lets each name pass at most once in so many seconds. */
export class Throttle {
  private readonly clock: Clock;
  private readonly pauseMs: number;
  private readonly untilMs = new Map<string, number>();
  private tidyFrom = TIDY_FROM;

  constructor(clock: Clock, pauseSeconds: number) {
    this.clock = clock;
    this.pauseMs = pauseSeconds * 1_000;
  }

  /** True when it may pass; then not again for the pause. */
  pass(name: string): boolean {
    const nowMs = this.clock.nowMs();
    if (nowMs < (this.untilMs.get(name) ?? -Infinity)) return false;
    this.untilMs.set(name, nowMs + this.pauseMs);
    if (this.untilMs.size > this.tidyFrom) this.tidy(nowMs);
    return true;
  }

  /** Lets a name pass again at once: what it was let through for did not happen. */
  forget(name: string): void {
    this.untilMs.delete(name);
  }

  private tidy(nowMs: number): void {
    for (const [name, untilMs] of this.untilMs) if (untilMs <= nowMs) this.untilMs.delete(name);
    this.tidyFrom = Math.max(TIDY_FROM, 2 * this.untilMs.size);
  }
}
