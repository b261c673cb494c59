import { AppError } from '../core/errors.ts';

/** How much may run, and how much may wait. */
export interface BoundedWorkOptions {
  atOnce: number;
  /** How many wait at most; the next one is refused. */
  waiting: number;
  /** What it is that there are too many of, for the refusal. */
  what: string;
}

/** Runs a few pieces of work at once, lets some wait in their order, and refuses the rest. */
export class BoundedWork {
  private readonly options: BoundedWorkOptions;
  private readonly queue: (() => void)[] = [];
  private running = 0;

  constructor(options: BoundedWorkOptions) {
    this.options = options;
  }

  /** What `work` answers, once it had its turn. Fails with RATE_LIMITED when too much waits already. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const { atOnce, waiting, what } = this.options;
    if (this.running >= atOnce) {
      if (this.queue.length >= waiting) {
        const message = `There are too many ${what} at this moment; try again in a few seconds.`;
        throw new AppError('RATE_LIMITED', message, { retryable: true, retryAfterSeconds: 5 });
      }
      await new Promise<void>((resolve) => this.queue.push(resolve));
    } else {
      this.running += 1;
    }
    try {
      return await work();
    } finally {
      // The turn passes on without being given back, so that nobody who comes just now overtakes those who wait.
      const next = this.queue.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}
