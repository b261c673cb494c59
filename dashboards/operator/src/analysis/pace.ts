/** What a pace uses, and what it keeps to. */
export interface PaceOptions {
  /** So many turns are given in `perMs` milliseconds at the most. */
  most: number;
  perMs: number;
  nowMs: () => number;
  pause: (durationMs: number) => Promise<void>;
}

/** Gives turns in the order in which they are asked for, never more of them in a stretch of time than are allowed. */
export class Pace {
  private readonly options: PaceOptions;
  private given: number[] = [];
  private last: Promise<void> = Promise.resolve();

  constructor(options: PaceOptions) {
    this.options = options;
  }

  /** Resolves when it is the caller's turn. */
  turn(): Promise<void> {
    this.last = this.last.then(() => this.take());
    return this.last;
  }

  /** True while whoever asks now has to wait. */
  get isFull(): boolean {
    return this.recent().length >= this.options.most;
  }

  private async take(): Promise<void> {
    for (;;) {
      const { most, perMs, nowMs, pause } = this.options;
      this.given = this.recent();
      const [oldest] = this.given;
      if (this.given.length < most || oldest === undefined) break;
      await pause(oldest + perMs - nowMs());
    }
    this.given.push(this.options.nowMs());
  }

  /** A clock that was put back must not keep anybody waiting: what lies in the future does not count. */
  private recent(): number[] {
    const nowMs = this.options.nowMs();
    return this.given.filter((atMs) => atMs > nowMs - this.options.perMs && atMs <= nowMs);
  }
}
