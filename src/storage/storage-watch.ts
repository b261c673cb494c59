import type pg from 'pg';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from './database.ts';

export interface StorageWatchOptions {
  db: Pick<Database, 'connect'>;
  logger: Logger;
  /** The database has been away for `LOST_AFTER_MS`: senders should not wait any longer. */
  onLost(): void;
  /** It answers again after `onLost`. */
  onBack(): void;
}

const PROBE_EVERY_MS = 1_000;
const PROBE_TIMEOUT_MS = 2_000;
/** How long the database may be away before connections are given up (DESIGN, section 11). */
const LOST_AFTER_MS = 5_000;

/**
 * Asks the database once a second whether it is there, over a connection of its own. A server that hangs counts as away, like one
 * that is gone.
 */
export class StorageWatch {
  private readonly options: StorageWatchOptions;
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = true;
  private failingSinceMs: number | undefined;
  private lost = false;

  constructor(options: StorageWatchOptions) {
    this.options = options;
  }

  /** False from the first failed probe on. */
  get isHealthy(): boolean {
    return this.failingSinceMs === undefined;
  }

  /** True while senders are being turned away. */
  get isLost(): boolean {
    return this.lost;
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.disconnect();
  }

  /** Somebody's work failed in a passing way: ask at once. */
  suspect(): void {
    if (!this.stopped && this.failingSinceMs === undefined) this.schedule(0);
  }

  private schedule(delayMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      void this.probe().then(() => {
        if (!this.stopped) this.schedule(PROBE_EVERY_MS);
      });
    }, delayMs);
  }

  /** Never rejects. */
  private async probe(): Promise<void> {
    try {
      this.client ??= await this.options.db.connect();
      await this.client.query({ text: 'select 1', ...{ query_timeout: PROBE_TIMEOUT_MS } });
      this.noteBack();
    } catch (error) {
      await this.disconnect();
      if (!this.stopped) this.noteFailure(messageOf(error));
    }
  }

  private noteFailure(reason: string): void {
    if (this.failingSinceMs === undefined) {
      this.failingSinceMs = performance.now();
      this.options.logger.warn({ part: 'database', reason }, 'The database does not answer; nothing is acknowledged until it does');
    }
    if (this.lost || performance.now() - this.failingSinceMs < LOST_AFTER_MS) return;
    this.lost = true;
    this.options.onLost();
  }

  private noteBack(): void {
    if (this.failingSinceMs === undefined) return;
    this.failingSinceMs = undefined;
    this.options.logger.info({ part: 'database' }, 'The database answers again');
    if (!this.lost) return;
    this.lost = false;
    this.options.onBack();
  }

  private async disconnect(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    // A connection that hangs would never finish a polite end.
    await Promise.race([client?.end().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 200))]);
  }
}
