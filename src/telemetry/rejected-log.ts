import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { messageOf } from '../core/errors.ts';
import type { RejectReason } from '../contracts/telemetry.ts';
import { LIMITS } from '../contracts/limits.ts';

/** A refused message, as it is kept. */
export interface RejectedRow {
  tenantId: string;
  receivedAtMs: number;
  deviceId: string | null;
  source: 'mqtt' | 'http' | 'flow';
  topic: string | null;
  reason: RejectReason;
  message: string;
  field: string | null;
  raw: Buffer;
  sizeBytes: number;
}

/** Where refused messages are kept; implemented over PostgreSQL. */
export interface RejectedStore {
  insert(rows: readonly RejectedRow[]): Promise<void>;
}

/** Longest wait of a refused message for others to share its commit, milliseconds. */
const FLUSH_MS = 15;
const FLUSH_ROWS = 200;

/**
 * Keeps refused messages: gathered for some milliseconds, committed together. The sender is acknowledged only after that, so what
 * was refused can be looked at later.
 */
export class RejectedLog {
  private readonly store: RejectedStore;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private waiting: { row: RejectedRow; done: (kept: boolean) => void }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  /** How often each reason was given since the start. */
  readonly counts = new Map<RejectReason, number>();

  constructor(options: { store: RejectedStore; clock: Clock; logger: Logger }) {
    this.store = options.store;
    this.clock = options.clock;
    this.logger = options.logger;
  }

  /** Counts and keeps a refused message; `done` tells whether it is committed (false: storage is away). */
  add(row: Omit<RejectedRow, 'receivedAtMs' | 'sizeBytes'>, done: (kept: boolean) => void): void {
    this.counts.set(row.reason, (this.counts.get(row.reason) ?? 0) + 1);
    const raw = row.raw.length > LIMITS.rejectedRawBytes ? row.raw.subarray(0, LIMITS.rejectedRawBytes) : row.raw;
    this.waiting.push({ row: { ...row, raw, sizeBytes: row.raw.length, receivedAtMs: this.clock.nowMs() }, done });
    if (this.waiting.length >= FLUSH_ROWS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  /** Waits until everything added is committed or answered. */
  async drain(): Promise<void> {
    this.flush();
    await this.writing;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.waiting;
    if (batch.length === 0) return;
    this.waiting = [];
    this.writing = this.writing.then(() => this.write(batch));
  }

  private async write(batch: readonly { row: RejectedRow; done: (kept: boolean) => void }[]): Promise<void> {
    let kept = true;
    try {
      await this.store.insert(batch.map(({ row }) => row));
    } catch (error) {
      kept = false;
      this.logger.warn(
        { error: messageOf(error), messages: batch.length },
        'Rejected messages could not be kept; their senders are not acknowledged',
      );
    }
    for (const { done } of batch) done(kept);
  }
}
