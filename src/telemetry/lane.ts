import type { Logger } from '../core/logger.ts';
import { messageOf } from '../core/errors.ts';
import type { RejectedPoint, StoredTelemetry } from '../contracts/telemetry.ts';
import { Batch } from './batch.ts';
import type { PendingMessage } from './batch.ts';
import { encodeBatch } from './batch-codec.ts';

/** What a lane needs of storage; one connection of its own behind it. */
export interface LaneStorage {
  /** Makes the partitions of past days. */
  ensureDays(days: ReadonlySet<number>): Promise<void>;
  /**
   * Commits the batch's rows and its `ingest_batches` row in one transaction. Answers the rows that are new (undefined: all of them)
   * and, for the others, the value that is stored under their series and time.
   */
  write(batch: Batch, options: WriteOptions): Promise<WriteOutcome>;
  /** True when an error is one that goes away by itself. */
  isPassing(error: unknown): boolean;
}

export interface WriteOptions {
  lane: number;
  /** What goes into `ingest_batches`. */
  encoded: Buffer;
  /** The batch was written before with an unknown end: rows found in storage with the same value may be its own. */
  isRetry: boolean;
}

/** Rows are named by their place in the batch. */
export interface WriteOutcome {
  isNew: ((row: number) => boolean) | undefined;
  storedValue(row: number): number | string | undefined;
}

/** What became of one message of a committed batch. */
export interface CommittedMessage {
  message: PendingMessage;
  telemetry: StoredTelemetry | undefined;
  stored: number;
  duplicates: number;
}

export interface LaneOptions {
  number: number;
  storage: LaneStorage;
  logger: Logger;
  /** Longest wait of the first message of a batch, milliseconds. */
  flushMs: number;
  /** Rows at which a batch goes without waiting. */
  flushRows: number;
  /** Called in arrival order when a batch has committed; the next one is written when it resolves. Never rejects. */
  onCommitted(committed: readonly CommittedMessage[]): Promise<void>;
  /** A batch that was given up as unavailable turned out committed later: its points must still be judged. */
  onRecovered(telemetry: readonly StoredTelemetry[]): void;
  /** The message cannot be stored whatever is done; called before `onCommitted` of its neighbours. */
  onRefused(message: PendingMessage, error: Error): void;
  /** Storage failed: the sender is not acknowledged and sends again. */
  onUnavailable(message: PendingMessage): void;
  /** Tells the storage watch about failures, so that it asks at once. */
  onStorageError(error: Error): void;
}

/** After this long without a successful commit the waiting messages are given back to their senders, milliseconds. */
const GIVE_UP_MS = 5_000;
const RETRY_MS = 100;

/**
 * One group-commit lane: messages gather in a batch while the batch before is on its way to the database, one at a time.
 * A client always uses the same lane, so its messages commit in its order.
 */
export class IngestLane {
  readonly options: LaneOptions;
  private building = new Batch();
  private sealed: Batch[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing = false;
  private stopped = false;
  private failingSince: number | undefined;

  constructor(options: LaneOptions) {
    this.options = options;
  }

  /** The batch that is open for appending. */
  get open(): Batch {
    return this.building;
  }

  /** Messages that wait for the commit before theirs. */
  get waiting(): number {
    return this.sealed.reduce((sum, { messages }) => sum + messages.length, this.building.messages.length);
  }

  /** To be called after appending a message to `open`. */
  appended(): void {
    if (this.building.rows >= this.options.flushRows) this.seal();
    if (this.writing) return;
    if (this.sealed.length > 0) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), this.options.flushMs);
  }

  /** Waits until everything appended is committed or given back. */
  async drain(): Promise<void> {
    this.stopped = true;
    while (this.writing || this.sealed.length > 0 || this.building.messages.length > 0) {
      if (!this.writing) this.flush();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Gives everything that waits back to its senders; what is being written stays. */
  giveUpWaiting(): void {
    this.seal();
    for (const batch of this.sealed.splice(0)) {
      for (const message of batch.messages) this.options.onUnavailable(message);
    }
  }

  private seal(): void {
    if (this.building.messages.length === 0) return;
    this.sealed.push(this.building);
    this.building = new Batch();
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.writing) return;
    if (this.sealed.length === 0) this.seal();
    const batch = this.sealed.shift();
    if (batch === undefined) return;
    this.writing = true;
    void this.commit(batch).then(() => {
      this.writing = false;
      // What gathered meanwhile has waited at least one commit: it goes at once.
      if (this.sealed.length > 0 || this.building.messages.length > 0) this.flush();
    });
  }

  /** Never rejects: every message of the batch is answered. */
  private async commit(batch: Batch): Promise<void> {
    for (let attempt = 0, givenUp = false; ; attempt++) {
      try {
        await this.write(batch, attempt > 0, givenUp);
        this.failingSince = undefined;
        return;
      } catch (error) {
        const cause = error instanceof Error ? error : new Error(messageOf(error));
        if (!this.options.storage.isPassing(error)) {
          await this.bisect(batch, cause, givenUp);
          return;
        }
        givenUp = this.noteFailure(batch, cause, givenUp);
        if (this.stopped && givenUp) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** After `GIVE_UP_MS` the senders are told; the batch itself is tried on, because it may have committed unseen. */
  private noteFailure(batch: Batch, error: Error, givenUp: boolean): boolean {
    this.options.onStorageError(error);
    this.failingSince ??= performance.now();
    if (performance.now() - this.failingSince < GIVE_UP_MS) return givenUp;
    if (!givenUp) for (const message of batch.messages) this.options.onUnavailable(message);
    this.giveUpWaiting();
    return true;
  }

  private async write(batch: Batch, isRetry: boolean, givenUp: boolean): Promise<void> {
    const { storage, number } = this.options;
    if (batch.missingDays.size > 0) await storage.ensureDays(batch.missingDays);
    if (isRetry) batch.suspect = true;
    const outcome = await storage.write(batch, { lane: number, encoded: encodeBatch(batch.columns()), isRetry });
    const committed = batch.messages.map((message) => settle(batch, message, { outcome, lane: number, isRetry }));
    if (givenUp) this.options.onRecovered(committed.flatMap(({ telemetry }) => telemetry ?? []));
    else await this.options.onCommitted(committed);
  }

  /** Halves the batch until the message that the database refuses stands alone; its neighbours are stored. */
  private async bisect(batch: Batch, error: Error, givenUp: boolean): Promise<void> {
    const { messages } = batch;
    if (messages.length <= 1) {
      for (const message of messages) {
        if (!givenUp) this.options.onRefused(message, error);
      }
      this.options.logger.warn(
        { part: 'telemetry', lane: this.options.number, error: error.message },
        'The database refused a message; it is kept as rejected',
      );
      return;
    }
    const middle = messages.length >> 1;
    await this.commit(batch.slice(0, middle));
    await this.commit(batch.slice(middle, messages.length));
  }
}

interface SettleContext {
  outcome: WriteOutcome;
  lane: number;
  isRetry: boolean;
}

/** Counts what was stored, repeated and in conflict for one message of a committed batch. */
function settle(batch: Batch, message: PendingMessage, { outcome, lane, isRetry }: SettleContext): CommittedMessage {
  const { isNew } = outcome;
  const rows = message.rowEnd - message.rowStart;
  if (isNew === undefined) return { message, telemetry: batch.telemetryOf(message, lane, undefined), stored: rows, duplicates: 0 };
  let stored = 0;
  let duplicates = 0;
  for (let row = message.rowStart; row < message.rowEnd; row++) {
    if (isNew(row)) stored++;
    else if (outcome.storedValue(row) !== batch.valueOf(row))
      message.refused = [...message.refused, conflict(batch, row, outcome.storedValue(row))];
    // A batch that is written again may find its own rows: they count as stored, so that rules see them.
    else if (isRetry) stored++;
    else duplicates++;
  }
  const counts = (row: number) => isNew(row) || (isRetry && outcome.storedValue(row) === batch.valueOf(row));
  return { message, telemetry: batch.telemetryOf(message, lane, counts), stored, duplicates };
}

function conflict(batch: Batch, row: number, stored: number | string | undefined): RejectedPoint {
  const key = batch.series[row]?.key ?? '';
  return {
    index: batch.indexes[row] ?? 0,
    field: key,
    reason: 'conflict',
    message: `"${key}" has the value ${String(stored)} at this time already; the first stays. Send ${String(batch.valueOf(row))} with its own time.`,
  };
}

/** The lane of a sender: always the same one, so that its messages stay in order. */
export function laneOf(sender: string, lanes: number): number {
  let hash = 0;
  for (let i = 0; i < sender.length; i++) hash = (hash * 31 + sender.charCodeAt(i)) | 0;
  return (hash >>> 0) % lanes;
}
