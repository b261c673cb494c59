import type pg from 'pg';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from './database.ts';

const AGAIN_AFTER_MS = 1_000;

/** What is listened to, and who is told. */
export interface ListenerOptions {
  db: Pick<Database, 'connect'>;
  /** Of NOTIFY. */
  channel: string;
  onNotification(payload: string): void;
  /** It listens again after it could not: something may have been missed. */
  onBack(): void;
  logger: Logger;
}

/** Listens to NOTIFY on a connection of its own, and connects again for as long as it takes when that is lost. */
export class Listener {
  private readonly options: ListenerOptions;
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(options: ListenerOptions) {
    this.options = options;
  }

  /** Rejects with the `pg` error when the first connection cannot be had. */
  start(): Promise<void> {
    return this.connect();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    const { client } = this;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const { db, channel } = this.options;
    const client = await db.connect();
    if (this.stopped) return client.end();
    this.client = client;
    client.on('notification', ({ payload }) => this.options.onNotification(payload ?? ''));
    client.on('end', () => this.again());
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
  }

  private again(): void {
    this.client = undefined;
    // A connection that is lost while it begins to listen tells both.
    if (this.stopped || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.connect().then(
        () => this.options.onBack(),
        (error: unknown) => {
          this.options.logger.debug({ part: 'database', error: messageOf(error) }, 'NOTIFY is not heard yet.');
          this.again();
        },
      );
    }, AGAIN_AFTER_MS);
    this.timer.unref();
  }
}
