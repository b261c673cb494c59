import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from '../storage/database.ts';
import { hasPurges, purgeStep } from '../storage/repositories/devices.ts';

/** A pause between steps, so that a purge never competes with ingest. */
const PAUSE_MS = 50;
/** After a pass, what a late commit may have added is looked for once more. */
const NEXT_PASS_MS = 60_000;
const RETRY_MS = 30_000;

/** Deletes the telemetry of removed devices, a day of one series at a time, and goes on after a restart. */
export class TelemetryPurger {
  private readonly database: Database;
  private readonly logger: Logger;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private started = false;
  private nextSeriesId = 0;

  constructor(deps: { database: Database; logger: Logger }) {
    this.database = deps.database;
    this.logger = deps.logger;
  }

  start(): void {
    this.started = true;
    this.kick();
  }

  /** Begins soon; called when there is something to purge. */
  kick(): void {
    this.nextSeriesId = 0;
    this.schedule(PAUSE_MS);
  }

  async stop(): Promise<void> {
    this.started = false;
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.running;
  }

  private schedule(delayMs: number): void {
    if (!this.started) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = (this.running ?? Promise.resolve()).then(() => this.step());
    }, delayMs).unref();
  }

  private async step(): Promise<void> {
    const { system } = this.database;
    try {
      const next = await purgeStep(system, this.nextSeriesId);
      this.nextSeriesId = next ?? 0;
      if (next !== undefined) this.schedule(PAUSE_MS);
      else if (await hasPurges(system)) this.schedule(NEXT_PASS_MS);
    } catch (error) {
      this.logger.warn({ reason: messageOf(error) }, 'Telemetry of a removed device could not be purged; it is tried again.');
      this.schedule(RETRY_MS);
    }
  }
}
