import { createReadStream } from 'node:fs';
import type { TelemetryResult } from '../../src/contracts/telemetry.ts';
import { Batch } from './batch.ts';
import { ImportError, readCsv } from './csv.ts';
import { Table } from './table.ts';
import type { RowProblem } from './table.ts';

/** How an import stands, or ended. */
export interface ImportTotals {
  /** Rows of the file that were read, without the header. */
  rows: number;
  /** Readings. */
  stored: number;
  storedBefore: number;
  rejected: number;
  /** The last line of which everything is answered. */
  line: number;
  /** The first rejections; the rest is only counted. */
  firstProblems: RowProblem[];
}

/** What an import works with. */
export interface ImportOptions {
  file: string;
  /** The device of all rows, when no column names it. */
  device: string | undefined;
  sender: { send(batch: Batch): Promise<TelemetryResult> };
  /** Changed as the import goes on; whoever shows progress reads it. */
  totals: ImportTotals;
}

const SHOWN_PROBLEMS = 10;

/** The totals of an import that has not begun. */
export function noTotals(): ImportTotals {
  return { rows: 0, stored: 0, storedBefore: 0, rejected: 0, line: 0, firstProblems: [] };
}

/**
 * Reads a CSV file as a stream and sends it in batches, one after the other, so that memory does not depend on its size. Throws an
 * `ImportError` when it cannot go on; what was sent until then is stored, and importing the file again stores nothing twice.
 */
export async function importFile(options: ImportOptions): Promise<void> {
  const { totals } = options;
  let table: Table | undefined;
  let batch = new Batch();
  let line = 0;
  const flush = async () => {
    if (!batch.isEmpty) count(totals, batch, await options.sender.send(batch));
    batch = new Batch();
    totals.line = line;
  };
  for await (const record of readCsv(textOf(options.file))) {
    if (table === undefined) {
      table = new Table(record, options.device);
      continue;
    }
    const { readings, problems } = table.rowOf(record);
    totals.rows += 1;
    line = record.line;
    refuse(totals, problems);
    for (const reading of readings) {
      if (batch.isFull) await flush();
      batch.add(reading);
    }
  }
  if (table === undefined) throw new ImportError(`${options.file} is empty; the first line names the columns.`);
  await flush();
}

async function* textOf(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      yield decoder.decode(chunk, { stream: true });
      bytes += chunk.length;
    }
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof ImportError) throw error;
    if ('code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new ImportError(`${file} is no UTF-8 text (after byte ${String(bytes)}); save it as UTF-8.`, { cause: error });
    }
    throw new ImportError(`${file} cannot be read: ${error.message}`, { cause: error });
  }
}

function count(totals: ImportTotals, batch: Batch, { stored, duplicates, rejected }: TelemetryResult): void {
  totals.stored += stored;
  totals.storedBefore += duplicates;
  for (const point of rejected) refuse(totals, batch.placesOf(point));
}

function refuse(totals: ImportTotals, problems: readonly RowProblem[]): void {
  totals.rejected += problems.length;
  for (const problem of problems) if (totals.firstProblems.length < SHOWN_PROBLEMS) totals.firstProblems.push(problem);
}
