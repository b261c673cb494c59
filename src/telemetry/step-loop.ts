import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

/** What is done step by step, and how. */
export interface StepLoopOptions {
  /** Does a little of what is due; true when there is more. What fails is left as it was, so that the next step does it again. */
  step: () => Promise<boolean>;
  /** What the loop does after each of its steps besides; `catchUp` leaves it out. */
  afterStep?: () => Promise<void>;
  /** How long the loop waits after a step that took `tookMs`. `more` is false after a step that failed. */
  pauseMs: (more: boolean, tookMs: number) => number;
  logger: Logger;
  /** Whose loop it is, in the log. */
  part: string;
  /** Said at the first failure of a row: what it means for the people who read it. */
  failedMessage: string;
}

/** Work in the background that never ends: a step, a pause, the next step. A step that fails is tried again; one warning for as long as it does. */
export class StepLoop {
  private readonly options: StepLoopOptions;
  private readonly ending = new AbortController();
  private looping: Promise<void> | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private failing = false;

  constructor(options: StepLoopOptions) {
    this.options = options;
  }

  /** Whether `start` was called. */
  get hasBegun(): boolean {
    return this.looping !== undefined;
  }

  /** Aborted by `stop`: a step that waits for others looks at it. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** Begins; may be called twice. */
  start(): void {
    this.looping ??= this.loop();
  }

  /** Ends after the step that is under way, whoever asked for it; may be called twice. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.looping;
    await this.turn;
  }

  /** Takes steps until nothing is left, or until the end. Rejects with the error of the step. */
  async catchUp(): Promise<void> {
    while (await this.inTurn()) if (this.signal.aborted) return;
  }

  private async loop(): Promise<void> {
    const { signal } = this;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const more = await this.attempt();
      const pauseMs = this.options.pauseMs(more, performance.now() - startedAt);
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined); // Rejects at the end, which the loop sees.
    }
  }

  private async attempt(): Promise<boolean> {
    const { afterStep, logger, part, failedMessage } = this.options;
    try {
      const more = await this.inTurn();
      await afterStep?.();
      this.failing = false;
      return more;
    } catch (error) {
      if (!this.failing) logger.warn({ part, error: messageOf(error) }, failedMessage);
      this.failing = true;
      return false;
    }
  }

  /** One step at a time, whoever asks. */
  private inTurn(): Promise<boolean> {
    const next = this.turn.then(() => this.options.step());
    this.turn = next.catch(() => undefined); // Told to whoever asked for it.
    return next;
  }
}
