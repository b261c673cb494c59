import type pg from 'pg';
import { AppError, messageOf } from '../core/errors.ts';
import type { Database } from '../storage/database.ts';
import { isPassing } from '../storage/database.ts';
import {
  inTransaction,
  insertEntry,
  insertExactly,
  insertNewRows,
  pointKey,
  storedValues,
} from '../storage/repositories/telemetry-writes.ts';
import type { WriteBatch } from '../storage/repositories/telemetry-writes.ts';
import { entryOfBatch } from './accounts/batch-entry.ts';
import type { Batch } from './batch.ts';
import { ClosedMinutes } from './closed-minutes.ts';
import type { Passage } from './closed-minutes.ts';
import type { LaneStorage, WriteOptions, WriteOutcome } from './lane.ts';

/** Makes partitions for days (counted from 1970, UTC). */
export interface DayPartitions {
  ensureDay(day: number): Promise<void>;
}

/** What a lane writes: `live` points, which rules judge, or `history`, which nobody does: of it no `ingest_batches` row is kept. */
export type LanePurpose = 'live' | 'history';

/** Writes the batches of one lane over one connection, which it opens anew after any failure. */
export class PostgresLaneStorage implements LaneStorage {
  private readonly db: Pick<Database, 'connect'>;
  private readonly days: DayPartitions;
  private readonly purpose: LanePurpose;
  private readonly closed: ClosedMinutes;
  private client: pg.Client | undefined;
  /** Of the batch under way: kept over its attempts, because one whose end is unknown may still commit. */
  private passage: Passage | undefined;

  /** `closed`: shared with the roll-up; without it no minute counts as rolled up. */
  constructor(db: Pick<Database, 'connect'>, days: DayPartitions, purpose: LanePurpose = 'live', closed = new ClosedMinutes()) {
    this.db = db;
    this.days = days;
    this.purpose = purpose;
    this.closed = closed;
  }

  /**
   * Everything but a refusal of the rows themselves: a database that refuses for another reason (read-only after a failover, a right
   * that is missing) must not turn good readings into rejected ones.
   */
  isPassing(error: unknown): boolean {
    return isPassing(error) || !isRefusal(error);
  }

  async ensureDays(days: ReadonlySet<number>): Promise<void> {
    for (const day of days) await this.days.ensureDay(day);
  }

  async write(batch: Batch, options: WriteOptions): Promise<WriteOutcome> {
    this.client ??= await this.connect();
    const { client } = this;
    this.passage ??= this.closed.enter();
    try {
      const columns = { ...columnsOf(batch, options, this.purpose), closed: this.closed.range };
      const outcome = await writeBatch(client, batch, columns, options.isRetry);
      this.ended();
      return outcome;
    } catch (error) {
      if (this.isPassing(error)) await this.close();
      else this.ended();
      throw error;
    }
  }

  private ended(): void {
    if (this.passage !== undefined) this.closed.leave(this.passage);
    this.passage = undefined;
  }

  /** Whatever keeps a connection from opening, the rows are not at fault: they were never sent. */
  private async connect(): Promise<pg.Client> {
    try {
      return await this.db.connect();
    } catch (error) {
      throw new AppError('STORAGE_UNAVAILABLE', `The database cannot be reached: ${messageOf(error)}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    // A connection that is already broken has nothing left to close.
    await client?.end().catch(() => undefined);
  }
}

/** SQLSTATE classes that are about the data: bad values, violated constraints, limits of a row. */
const REFUSAL = /^(?:22|23|54)/;

/** True when the rows are at fault; so are those that could not even be encoded, for which Node throws a RangeError or TypeError. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof RangeError || error instanceof TypeError) return true;
  return !('code' in error && typeof error.code === 'string') || REFUSAL.test(error.code);
}

/** Lanes of history have numbers of their own in the accounts: no batch of theirs waits to be judged. */
const HISTORY_LANES_FROM = 100;

const ALL_NEW: WriteOutcome = { isNew: undefined, storedValue: () => undefined };

async function writeBatch(client: pg.Client, batch: Batch, columns: WriteBatch, isRetry: boolean): Promise<WriteOutcome> {
  if (!batch.suspect && batch.texts.length === 0 && (await insertNewRows(client, columns, entryOf(batch, ALL_NEW)))) return ALL_NEW;
  return inTransaction(client, async () => {
    const isNew = newRows(batch, await insertExactly(client, columns));
    if (!isRetry) await insertStampedAgain(client, batch, { columns, isNew });
    const known = isNew.includes(0) ? await storedValues(client, columns) : new Map<string, number | string>();
    const outcome: WriteOutcome = {
      isNew: (row) => isNew[row] === 1,
      storedValue: (row) => known.get(pointKey(batch.idOf(row), batch.timeOf(row))),
    };
    await insertEntry(client, columns, entryOf(batch, outcome));
    return outcome;
  });
}

/** A batch has at least one message, so there is always something to tell. */
function entryOf(batch: Batch, outcome: WriteOutcome): string {
  return entryOfBatch(batch, outcome) ?? '[]';
}

function columnsOf(batch: Batch, { lane, encoded }: WriteOptions, purpose: LanePurpose): Omit<WriteBatch, 'closed'> {
  return {
    lane,
    batch: batch.messages.at(-1)?.sequence ?? 0,
    points: purpose === 'history' ? undefined : encoded,
    accountLane: purpose === 'history' ? HISTORY_LANES_FROM + lane : lane,
    timesUs: batch.timesUs,
    values: batch.values,
    seriesIds: batch.series.map((series) => series.id),
    qualities: batch.qualities,
    texts: batch.texts,
    numericOrder: batch.orderOf('numeric'),
    textOrder: batch.orderOf('text'),
  };
}

/** Marks, row by row, what was inserted. Of two rows with one series and time the earlier is the one that is stored. */
function newRows(batch: Batch, inserted: Set<string>): Uint8Array {
  const isNew = new Uint8Array(batch.rows);
  for (let row = 0; row < batch.rows; row++) {
    if (inserted.delete(pointKey(batch.idOf(row), batch.timeOf(row)))) isNew[row] = 1;
  }
  return isNew;
}

/**
 * A reading without a time of its own must be stored even if another one has its arrival time: it moves on by microseconds until
 * its place is free.
 */
async function insertStampedAgain(
  client: pg.Client,
  batch: Batch,
  { columns, isNew }: { columns: WriteBatch; isNew: Uint8Array },
): Promise<void> {
  for (;;) {
    const taken: number[] = [];
    for (let row = 0; row < batch.rows; row++) if (isNew[row] === 0 && batch.stamped[row] === 1) taken.push(row);
    if (taken.length === 0) return;
    for (const row of taken) {
      const series = batch.series[row];
      if (series === undefined) continue;
      series.lastArrivalUs = Math.max(series.lastArrivalUs, batch.timeOf(row)) + 1;
      batch.timesUs[row] = series.lastArrivalUs;
    }
    const orderOf = (text: boolean) => Int32Array.from(taken.filter((row) => (batch.series[row]?.kind === 'text') === text));
    const inserted = await insertExactly(client, { ...columns, numericOrder: orderOf(false), textOrder: orderOf(true) });
    for (const row of taken) if (inserted.has(pointKey(batch.idOf(row), batch.timeOf(row)))) isNew[row] = 1;
  }
}
