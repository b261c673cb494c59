import type { RejectedPoint, StoredTelemetry } from '../contracts/telemetry.ts';
import { storedPoint } from './batch-codec.ts';
import type { MessageNumbers } from './accounts/entry.ts';
import type { BatchColumns } from './batch-codec.ts';
import type { Series } from './series-registry.ts';
import type { IngestOutcome, IngestRequest } from './types.ts';

/** One message on its way through a group commit. */
export interface PendingMessage {
  request: IngestRequest;
  done: (outcome: IngestOutcome) => void;
  tenantId: string;
  deviceId: string;
  receivedAtMs: number;
  /** Its number in its lane, rising for the life of the installation. */
  sequence: number;
  /** Its rows in the batch: from `rowStart` (inclusive) to `rowEnd` (exclusive). */
  rowStart: number;
  rowEnd: number;
  /** Points that the decoder handed on and nothing refused; counted apart from its rows, which it must agree with. */
  received: number;
  /** The numbers that the device gave it; undefined for a device that does not number its messages. */
  numbering: MessageNumbers | undefined;
  /** Points refused so far; the good ones beside them are stored all the same. */
  refused: readonly RejectedPoint[];
}

/**
 * The messages of one group commit as columns, in arrival order. Plain number arrays: appending a row allocates nothing but
 * what the arrays grow by.
 */
export class Batch {
  readonly messages: PendingMessage[] = [];
  readonly timesUs: number[] = [];
  /** Numbers; booleans as 0 and 1; for text the place in `texts`. */
  readonly values: number[] = [];
  readonly qualities: number[] = [];
  readonly series: Series[] = [];
  /** Position of the row's element in its message. */
  readonly indexes: number[] = [];
  /** 1 where the time is the arrival (the sender gave none): such a row must be stored, whatever else has its time. */
  readonly stamped: number[] = [];
  readonly texts: string[] = [];
  /** Days (since 1970, UTC) of its rows that are not known to have a partition. */
  readonly missingDays = new Set<number>();
  /** True when a row is not newer than everything known of its series, so that it may be a repeat. */
  suspect = false;

  get rows(): number {
    return this.timesUs.length;
  }

  /** Drops the rows from `row` on: a message that cannot be taken yet leaves no trace. */
  truncate(row: number): void {
    for (const column of [this.timesUs, this.values, this.qualities, this.series, this.indexes, this.stamped]) column.length = row;
  }

  /** The rows of one storage table, sorted by series and time: two lanes that write in one order cannot deadlock. */
  orderOf(table: 'numeric' | 'text'): Int32Array {
    const rows: number[] = [];
    for (let row = 0; row < this.rows; row++) {
      if ((this.series[row]?.kind === 'text') === (table === 'text')) rows.push(row);
    }
    return Int32Array.from(rows).sort((a, b) => this.idOf(a) - this.idOf(b) || this.timeOf(a) - this.timeOf(b) || a - b);
  }

  idOf(row: number): number {
    return this.series[row]?.id ?? 0;
  }

  timeOf(row: number): number {
    return this.timesUs[row] ?? 0;
  }

  /** The row's value as it is stored and compared. */
  valueOf(row: number): number | string {
    const value = this.values[row] ?? 0;
    return this.series[row]?.kind === 'text' ? (this.texts[value] ?? '') : value;
  }

  /** The same batch reduced to the messages from `from` to `to` (exclusive); for finding the one that the database refuses. */
  slice(from: number, to: number): Batch {
    const part = new Batch();
    for (const message of this.messages.slice(from, to)) {
      const rowStart = part.rows;
      for (let row = message.rowStart; row < message.rowEnd; row++) this.copyRow(row, part);
      part.messages.push({ ...message, rowStart, rowEnd: part.rows });
    }
    part.suspect = true;
    return part;
  }

  private copyRow(row: number, target: Batch): void {
    const series = this.series[row];
    if (series === undefined) return;
    const value = this.valueOf(row);
    target.timesUs.push(this.timeOf(row));
    target.values.push(typeof value === 'string' ? target.texts.push(value) - 1 : value);
    target.qualities.push(this.qualities[row] ?? 100);
    target.series.push(series);
    target.indexes.push(this.indexes[row] ?? 0);
    target.stamped.push(this.stamped[row] ?? 0);
  }

  /** What is written to `ingest_batches`. */
  columns(): BatchColumns {
    return {
      sequences: this.messages.map((message) => message.sequence),
      receivedAtMs: this.messages.map((message) => message.receivedAtMs),
      rowCounts: this.messages.map((message) => message.rowEnd - message.rowStart),
      timesUs: this.timesUs,
      values: this.values,
      seriesIds: this.series.map((series) => series.id),
      qualities: this.qualities,
      texts: this.texts,
    };
  }

  /** The stored message as flows see it: the rows for which `isNew` holds; undefined when there are none. */
  telemetryOf(message: PendingMessage, lane: number, isNew: ((row: number) => boolean) | undefined): StoredTelemetry | undefined {
    const points = [];
    for (let row = message.rowStart; row < message.rowEnd; row++) {
      const series = this.series[row];
      if (series === undefined || (isNew !== undefined && !isNew(row))) continue;
      points.push(storedPoint(series, this.timeOf(row), this.valueOf(row), this.qualities[row] ?? 100));
    }
    if (points.length === 0) return undefined;
    const { tenantId, deviceId, sequence, receivedAtMs } = message;
    const telemetry: StoredTelemetry = {
      tenant_id: tenantId,
      device_id: deviceId,
      points,
      lane,
      batch: sequence,
      received_at: receivedAtMs,
    };
    const requestId = message.request.source?.requestId;
    if (requestId !== undefined) telemetry.request_id = requestId;
    return telemetry;
  }
}
