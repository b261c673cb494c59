import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from '../storage/database.ts';
import { forgetCommands, nextDueMs, timeOutCommands } from '../storage/repositories/device-commands.ts';
import type { EndedCommand } from '../storage/repositories/device-commands.ts';

/** How long commands are kept, days. */
const KEPT_DAYS = 90;
const DAY_MS = 86_400_000;
const FORGET_EVERY_MS = 3_600_000;
const FORGET_AT_ONCE = 5_000;
/** The longest pause between two looks: a clock that is set forward is noticed. */
const LONGEST_MS = 60_000;
const RETRY_MS = 5_000;

/** What the timer of commands uses. */
export interface CommandTimerDeps {
  database: Database;
  clock: Clock;
  logger: Logger;
  /** Told of each command that got no answer in time. */
  ended: (command: EndedCommand) => void;
}

/** Ends commands that got no answer in time: one timer for the next that is due. Forgets those older than 90 days, every hour. */
export class CommandTimer {
  private readonly deps: CommandTimerDeps;
  private timer: NodeJS.Timeout | undefined;
  private timerAtMs = Number.POSITIVE_INFINITY;
  private forgottenAtMs = Number.NEGATIVE_INFINITY;
  private sweeping: Promise<void> = Promise.resolve();
  private started = false;
  private failing = false;

  constructor(deps: CommandTimerDeps) {
    this.deps = deps;
  }

  async start(): Promise<void> {
    this.started = true;
    await this.sweep();
  }

  async stop(): Promise<void> {
    this.started = false;
    clearTimeout(this.timer);
    await this.sweeping;
  }

  /** A command is due then (epoch milliseconds). */
  expect(dueMs: number): void {
    if (dueMs < this.timerAtMs) this.schedule(dueMs);
  }

  /** Ends what is due now; one sweep at a time. */
  sweep(): Promise<void> {
    this.sweeping = this.sweeping.then(() => this.sweepNow());
    return this.sweeping;
  }

  private async sweepNow(): Promise<void> {
    const { database, clock, ended, logger } = this.deps;
    const nowMs = clock.nowMs();
    this.timerAtMs = Number.POSITIVE_INFINITY;
    try {
      for (const command of await timeOutCommands(database.system, nowMs)) ended(command);
      if (nowMs - this.forgottenAtMs >= FORGET_EVERY_MS) {
        while ((await forgetCommands(database.system, nowMs - KEPT_DAYS * DAY_MS, FORGET_AT_ONCE)) === FORGET_AT_ONCE);
        this.forgottenAtMs = nowMs;
      }
      const dueMs = await nextDueMs(database.system);
      this.schedule(Math.min(dueMs ?? Number.POSITIVE_INFINITY, this.timerAtMs, nowMs + LONGEST_MS));
      this.failing = false;
    } catch (error) {
      if (!this.failing)
        logger.warn({ part: 'devices', reason: messageOf(error) }, 'Commands that are due could not be ended; it is tried again');
      this.failing = true;
      this.schedule(nowMs + RETRY_MS);
    }
  }

  private schedule(atMs: number): void {
    clearTimeout(this.timer);
    if (!this.started) return;
    this.timerAtMs = atMs;
    // A millisecond more: what is due at an instant may still be answered in it.
    const delayMs = Math.min(Math.max(1, atMs - this.deps.clock.nowMs() + 1), LONGEST_MS);
    this.timer = setTimeout(() => void this.sweep(), delayMs).unref();
  }
}
