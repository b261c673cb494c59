import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { messageOf } from '../core/errors.ts';
import type { RejectReason } from '../contracts/telemetry.ts';
import { LIMITS, isDeviceId } from '../contracts/limits.ts';
import { EntryBuilder, UNNUMBERED } from './accounts/entry.ts';
import type { MessageNumbers } from './accounts/entry.ts';

/** What a refusal counts for in the account of its device. */
export interface RefusalAccount {
  /** 0 for a message whose other points are stored, and which is counted there. */
  messages: number;
  points: number;
  numbering: MessageNumbers | undefined;
}

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
  /** Undefined: one message of which no point could be read. */
  account?: RefusalAccount | undefined;
}

/** Where refused messages are kept; implemented over PostgreSQL. */
export interface RejectedStore {
  /** In one transaction; `entry` is what the accountant is told of them. */
  insert(rows: readonly RejectedRow[], entry: string | undefined): Promise<void>;
}

/** Longest wait of a refused message for others to share its commit, milliseconds. */
const FLUSH_MS = 15;
const FLUSH_ROWS = 200;
/**
 * How much of what is refused is kept, bytes: a second's worth on average, and at once. One device that sends rubbish at full speed must
 * not fill the disk for all others; beyond this the reason is kept, with the first bytes of the message.
 */
const RAW_BYTES_PER_SECOND = 1024 * 1024;
const RAW_BURST_BYTES = 16 * 1024 * 1024;
const EXCERPT_BYTES = 256;
/** After this much has been kept, what is too old or too much is removed, bytes. */
const PURGE_EVERY_BYTES = 100 * 1024 * 1024;

/** What the log works with. */
export interface RejectedLogOptions {
  store: RejectedStore;
  clock: Clock;
  logger: Logger;
  /** Removes what is beyond the limits of age and size; called now and then, in the background. */
  purge(): void;
}

/**
 * Keeps refused messages: gathered for some milliseconds, committed together. The sender is acknowledged only after that, so what
 * was refused can be looked at later.
 */
export class RejectedLog {
  private readonly options: RejectedLogOptions;
  private rawBudgetBytes = RAW_BURST_BYTES;
  private budgetAtMs = 0;
  private keptBytes = 0;
  private waiting: { row: RejectedRow; done: (kept: boolean) => void }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  /** How often each reason was given since the start. */
  readonly counts = new Map<RejectReason, number>();

  constructor(options: RejectedLogOptions) {
    this.options = options;
  }

  /** Counts and keeps a refused message; `done` tells whether it is committed (false: storage is away). */
  add(row: Omit<RejectedRow, 'receivedAtMs' | 'sizeBytes'>, done: (kept: boolean) => void): void {
    this.counts.set(row.reason, (this.counts.get(row.reason) ?? 0) + 1);
    const receivedAtMs = this.options.clock.nowMs();
    this.waiting.push({ row: { ...row, raw: this.kept(row.raw, receivedAtMs), sizeBytes: row.raw.length, receivedAtMs }, done });
    if (this.waiting.length >= FLUSH_ROWS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  /** Waits until everything added is committed or answered. */
  async drain(): Promise<void> {
    this.flush();
    await this.writing;
  }

  /** As much of a message as is kept. */
  private kept(raw: Buffer, nowMs: number): Buffer {
    const elapsedMs = Math.max(0, nowMs - this.budgetAtMs);
    this.budgetAtMs = nowMs;
    this.rawBudgetBytes = Math.min(RAW_BURST_BYTES, this.rawBudgetBytes + (elapsedMs * RAW_BYTES_PER_SECOND) / 1_000);
    const wanted = Math.min(raw.length, LIMITS.rejectedRawBytes);
    const bytes = wanted <= this.rawBudgetBytes ? wanted : Math.min(wanted, EXCERPT_BYTES);
    this.rawBudgetBytes = Math.max(0, this.rawBudgetBytes - bytes);
    return bytes === raw.length ? raw : raw.subarray(0, bytes);
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
      const rows = batch.map(({ row }) => row);
      await this.options.store.insert(rows, entryOfRefusals(rows));
      this.notePurge(batch.reduce((bytes, { row }) => bytes + row.raw.length, 0));
    } catch (error) {
      kept = false;
      this.options.logger.warn(
        { error: messageOf(error), messages: batch.length },
        'Rejected messages could not be kept; their senders are not acknowledged',
      );
    }
    for (const { done } of batch) done(kept);
  }

  private notePurge(bytes: number): void {
    this.keptBytes += bytes;
    if (this.keptBytes < PURGE_EVERY_BYTES) return;
    this.keptBytes = 0;
    this.options.purge();
  }
}

/** What says nothing about the device it names: nobody proved to speak for it, or it was no telemetry. */
const NOT_OF_THE_DEVICE: ReadonlySet<RejectReason> = new Set([
  'forbidden',
  'unknown_device',
  'invalid_device_id',
  'untrusted_source',
  'invalid_response',
  'unknown_command',
]);
const ONE_MESSAGE: RefusalAccount = { messages: 1, points: 1, numbering: undefined };

function entryOfRefusals(rows: readonly RejectedRow[]): string | undefined {
  const entry = new EntryBuilder();
  for (const { deviceId, receivedAtMs, reason, account = ONE_MESSAGE } of rows) {
    // An id that no device can have (a topic may name anything) is nobody's.
    if (deviceId === null || !isDeviceId(deviceId) || NOT_OF_THE_DEVICE.has(reason) || account.messages + account.points === 0) continue;
    const tally = entry.of({ deviceId, receivedAtMs });
    tally.messages += account.messages;
    tally.received += account.points;
    tally.refused += account.points;
    tally.repeat(account.numbering ?? UNNUMBERED);
  }
  return entry.body();
}
