import type { PlatformWarning } from '../contracts/warnings.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { platformWarning } from '../contracts/warning-texts.ts';
import type { Queryable } from '../storage/database.ts';
import { failedNotifications } from '../storage/repositories/notifications.ts';

/** What the watch looks at. */
export interface FailureWatchOptions {
  read<Result>(work: (db: Queryable) => Promise<Result>): Promise<Result>;
  clock: Clock;
  logger: Logger;
}

const EVERY_MS = 30_000;
const WITHIN_MS = 86_400_000;

/** Keeps ready what the platform says of notifications that failed in the last 24 hours and that nobody has tried again. */
export class FailureWatch {
  private readonly options: FailureWatchOptions;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private warning: PlatformWarning | undefined;

  constructor(options: FailureWatchOptions) {
    this.options = options;
  }

  start(): Promise<void> {
    this.timer ??= setInterval(() => void this.look(), EVERY_MS);
    this.timer.unref();
    return this.look();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.looking;
  }

  /** None, or one. */
  warnings(): PlatformWarning[] {
    return this.warning === undefined ? [] : [this.warning];
  }

  /** Looks again now. Never rejects: without an answer the last one stays. */
  look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    const { clock, logger } = this.options;
    try {
      const { count, last } = await this.options.read((db) => failedNotifications(db, clock.nowMs() - WITHIN_MS));
      // Everybody may read this at /health: neither recipients nor reasons.
      this.warning =
        last === undefined
          ? undefined
          : platformWarning({ code: 'notifications_failed', params: { count, channel: last.channel, at: last.finished_at } });
    } catch (error) {
      logger.debug({ part: 'notify', error: messageOf(error) }, 'Failed notifications cannot be counted now.');
    }
  }
}
