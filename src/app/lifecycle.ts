import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

/**
 * Parts that run, in the order in which they were started. Stopping goes backwards, and a part that fails to stop does not keep the
 * others from it.
 */
export class Lifecycle {
  private readonly logger: Logger;
  private readonly running: { name: string; stop: () => Promise<void> | void }[] = [];
  private stopping: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** Starts a part; from then on it is stopped with the others. A part that fails half-way is stopped too. */
  async start<Result>(name: string, part: { start: () => Promise<Result> | Result; stop: () => Promise<void> | void }): Promise<Result> {
    this.running.push({ name, stop: () => part.stop() });
    return part.start();
  }

  /** Only notes what must be undone at the end. */
  onStop(name: string, stop: () => Promise<void> | void): void {
    this.running.push({ name, stop });
  }

  /** Stops everything that was started, the last first. May be called again; never rejects. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const { name, stop } of this.running.splice(0).reverse()) {
      const startedAt = performance.now();
      try {
        await stop();
      } catch (error) {
        this.logger.error({ part: name, error: messageOf(error) }, 'A part did not stop cleanly');
      }
      this.logger.debug({ part: name, ms: Math.round(performance.now() - startedAt) }, 'stopped');
    }
  }
}
