import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from './database.ts';
import type { Partitions } from './partitions.ts';
import { deleteEnded } from './repositories/notifications.ts';

/** What the maintenance works on. */
export interface MaintenanceOptions {
  db: Database;
  partitions: Partitions;
  clock: Clock;
  logger: Logger;
  /** Telemetry older than this many whole days is dropped; undefined keeps all. */
  retentionDays: number | undefined;
  /** Notifications are kept for this many days after they ended. */
  notificationDays: number;
  /** One hour unless given. */
  intervalMs?: number;
}

/** How many days ahead partitions exist. */
export const DAYS_AHEAD = 7;
const REJECTED_DAYS = 7;
const REJECTED_BYTES = 1024 ** 3;
const DAY_MS = 86_400_000;
const DELETE_ROWS = 5_000;
/** What a row takes beside its raw message. */
const ROW_OVERHEAD_BYTES = 200;

/** What the database needs done regularly: days ahead, retention, and the end of old rejected messages. */
export class Maintenance {
  private readonly options: MaintenanceOptions;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(options: MaintenanceOptions) {
    this.options = options;
  }

  /** Makes the partitions that ingest needs (rejects when that fails), starts the rest beside it, and goes on hourly. */
  async start(): Promise<void> {
    if (this.timer !== undefined) return;
    await this.options.partitions.ensure(DAYS_AHEAD);
    this.timer = setInterval(() => void this.run(), this.options.intervalMs ?? 3_600_000);
    this.timer.unref();
    void this.run();
  }

  /** Ends the schedule and waits for what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.running;
  }

  /** Does everything once, now; a step that fails is logged and tried again at the next run. */
  run(): Promise<void> {
    this.running ??= this.runOnce().finally(() => (this.running = undefined));
    return this.running;
  }

  private async runOnce(): Promise<void> {
    const { db, partitions, clock, retentionDays, notificationDays, logger } = this.options;
    const steps: Record<string, () => Promise<unknown>> = {
      'add days': () => partitions.ensure(DAYS_AHEAD),
      'drop old days': () => (retentionDays === undefined ? Promise.resolve() : partitions.dropOlderThan(retentionDays)),
      'purge rejected messages': () => purgeRejected(db, clock.nowMs()),
      'purge old notifications': () => purgeNotifications(db, clock.nowMs(), notificationDays),
    };
    for (const [step, work] of Object.entries(steps)) {
      try {
        await work();
      } catch (error) {
        logger.warn(
          { part: 'maintenance', step, error: messageOf(error) },
          'A step of the regular maintenance failed; it is tried again later.',
        );
      }
    }
  }
}

/** Removes rejected messages older than 7 days, and the oldest beyond `maxBytes` (1 GiB unless given); answers how many. */
export async function purgeRejected(db: Pick<Database, 'system'>, nowMs: number, maxBytes = REJECTED_BYTES): Promise<number> {
  const before = new Date(nowMs - REJECTED_DAYS * DAY_MS);
  let removed = await deleteInSteps(db, 'received_at < $1', before);
  const { rows } = await db.system.query<{ large: boolean }>(`select pg_total_relation_size('rejected_messages') > $1 as large`, [
    maxBytes,
  ]);
  if (rows[0]?.large !== true) return removed;
  // The file does not shrink by deleting, so what counts is what the rows hold; their lengths are known without reading the messages.
  const { rows: excess } = await db.system.query<{ newest: string | null }>(
    `select max(rejected_id) as newest
       from (select rejected_id, sum(octet_length(raw) + $2::bigint) over (order by rejected_id desc) as bytes from rejected_messages) as sized
      where bytes > $1`,
    [maxBytes, ROW_OVERHEAD_BYTES],
  );
  const newest = excess[0]?.newest;
  if (newest !== null && newest !== undefined) removed += await deleteInSteps(db, 'rejected_id <= $1', newest);
  return removed;
}

/** Removes notifications that ended more than `days` ago, and whose alert (if it is about one) did too; answers how many. */
export async function purgeNotifications(db: Pick<Database, 'system'>, nowMs: number, days: number): Promise<number> {
  for (let total = 0; ;) {
    const removed = await deleteEnded(db.system, nowMs - days * DAY_MS, DELETE_ROWS);
    total += removed;
    if (removed < DELETE_ROWS) return total;
  }
}

/** In steps, so that no delete holds its locks and its snapshot for long. */
async function deleteInSteps(db: Pick<Database, 'system'>, condition: string, value: unknown): Promise<number> {
  for (let total = 0; ;) {
    const { rowCount } = await db.system.query(
      `delete from rejected_messages where rejected_id in (select rejected_id from rejected_messages where ${condition} order by rejected_id limit ${DELETE_ROWS})`,
      [value],
    );
    total += rowCount ?? 0;
    if ((rowCount ?? 0) < DELETE_ROWS) return total;
  }
}
