import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse';
import { createDeviceSchema } from '../../../contracts/devices.ts';
import { AppError } from '../../../core/errors.ts';
import type { FieldError } from '../../../core/errors.ts';
import type { ImportRow } from '../../../devices/device-importer.ts';
import { validate } from '../../validation.ts';

/** Devices in one file. */
export const MAX_IMPORT_ROWS = 10_000;
/** Columns that a file may have, in any order; `device_id` is needed. */
export const IMPORT_COLUMNS = ['device_id', 'name', 'type', 'location', 'area', 'metadata', 'allowed_commands', 'offline_seconds'] as const;
type Column = (typeof IMPORT_COLUMNS)[number];

/** Errors that are told; more are counted. */
const MAX_ERRORS = 500;
/** Rows between two pauses, in which others get their turn. */
const ROWS_AT_ONCE = 200;
const CHUNK_CHARACTERS = 64 * 1024;

/** A file as it was read. */
export interface ImportFile {
  columns: readonly Column[];
  rows: ImportRow[];
}

/**
 * Reads devices from CSV: commas, semicolons or tabs (told by the first line, or by a line `sep=;` before it), quotes as in RFC 4180, a byte
 * order mark and CRLF as they come. Fails with INVALID_REQUEST that names every bad row with line, field, value and rule.
 */
export async function readImport(text: string): Promise<ImportFile> {
  const errors: FieldError[] = [];
  const rows: ImportRow[] = [];
  const lines = new Map<string, number>();
  let columns: readonly Column[] | undefined;
  let headerLine = 1;
  let count = 0;
  for await (const { record, line } of recordsOf(text)) {
    if (record.every((cell) => cell.trim() === '')) continue;
    if (columns === undefined) {
      columns = columnsOf(record, line);
      headerLine = line;
      continue;
    }
    count += 1;
    if (count > MAX_IMPORT_ROWS)
      throw refused([at(line, 'rows', `has more than ${String(MAX_IMPORT_ROWS)} rows before it; split the file.`)]);
    const row = rowOf({ record, line, columns }, errors);
    if (row !== undefined) {
      const earlier = lines.get(row.deviceId);
      if (earlier === undefined) rows.push(row);
      else errors.push(at(line, 'device_id', `is "${row.deviceId}", which stands in line ${String(earlier)} too; remove one of them.`));
      lines.set(row.deviceId, earlier ?? line);
    }
    if (count % ROWS_AT_ONCE === 0) await setImmediate();
  }
  if (columns === undefined) throw refused([at(1, 'header', `is missing; the first line names the columns: ${IMPORT_COLUMNS.join(',')}.`)]);
  if (errors.length > 0) throw refused(errors);
  if (rows.length === 0) throw refused([at(headerLine + 1, 'rows', 'are missing; the file has a header and no devices.')]);
  return { columns, rows };
}

async function* recordsOf(text: string): AsyncGenerator<{ record: string[]; line: number }> {
  const { delimiter, content, firstLine } = layoutOf(text);
  const parser = parse({ bom: true, delimiter, relax_column_count: true, raw: true });
  const source = Readable.from(chunksOf(content));
  source.pipe(parser);
  let line = firstLine;
  try {
    for await (const { record, raw } of parser as AsyncIterable<{ record: string[]; raw: string }>) {
      yield { record, line };
      // Line breaks in quotes count too. (The parser's own count takes CRLF in quotes for two.)
      line += raw.match(/\r\n|\r|\n/g)?.length ?? 0;
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // The parser is ahead of what was taken from it.
    const brokenLine: unknown = Reflect.get(error, 'lines');
    throw refused([
      at(
        typeof brokenLine === 'number' ? brokenLine + firstLine - 1 : line,
        'row',
        `is not CSV: ${error.message}. Quote fields as in RFC 4180.`,
      ),
    ]);
  }
}

function* chunksOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; start += CHUNK_CHARACTERS) yield text.slice(start, start + CHUNK_CHARACTERS);
}

/** How a file is separated, and what of it is read from which line on: `sep=;` in the first line is for the spreadsheet alone. */
function layoutOf(text: string): { delimiter: string; content: string; firstLine: number } {
  const [line, separator] = /^\uFEFF?"?sep=([;,\t])"?[;,\t ]*(?:\r\n|\r|\n|$)/i.exec(text) ?? [];
  if (line === undefined || separator === undefined) return { delimiter: delimiterOf(text), content: text, firstLine: 1 };
  return { delimiter: separator, content: text.slice(line.length), firstLine: 2 };
}

/** Excel writes semicolons where the comma is the decimal sign. */
function delimiterOf(text: string): string {
  const [header = ''] = text.split(/\r?\n|\r/, 1);
  if (header.includes(';')) return ';';
  return header.includes('\t') && !header.includes(',') ? '\t' : ',';
}

function columnsOf(record: readonly string[], line: number): readonly Column[] {
  const errors: FieldError[] = [];
  const columns = record.map((cell) => cell.trim().toLowerCase());
  columns.forEach((name, index) => {
    if (!isColumn(name)) errors.push(at(line, name, `is no column; known are ${IMPORT_COLUMNS.join(', ')}.`));
    else if (columns.indexOf(name) !== index) errors.push(at(line, name, 'stands twice in the header; remove one.'));
  });
  if (!columns.includes('device_id')) errors.push(at(line, 'device_id', 'is missing in the header; each row needs the id of its device.'));
  if (errors.length > 0) throw refused(errors);
  return columns.filter(isColumn);
}

function isColumn(name: string): name is Column {
  return IMPORT_COLUMNS.some((column) => column === name);
}

interface RawRow {
  record: readonly string[];
  line: number;
  columns: readonly Column[];
}

function rowOf({ record, line, columns }: RawRow, errors: FieldError[]): ImportRow | undefined {
  if (record.length !== columns.length) {
    errors.push(
      at(
        line,
        'row',
        `has ${String(record.length)} fields, and the header ${String(columns.length)}; quote fields that hold the separator.`,
      ),
    );
    return undefined;
  }
  const cells = new Map(columns.map((column, index) => [column, (record[index] ?? '').trim()]));
  const deviceId = cells.get('device_id') ?? '';
  const before = errors.length;
  const fields: Record<string, unknown> = {};
  for (const [column, cell] of cells) {
    if (cell.includes('\uFFFD')) errors.push(at(line, column, `is "${cell}", which was not UTF-8; save the file as "CSV UTF-8".`));
    if (column !== 'device_id') fields[column] = valueOf(column, cell, { line, deviceId, errors });
  }
  try {
    const { device_id: _, ...checked } = validate(createDeviceSchema, { device_id: deviceId, ...fields }, 'body');
    return errors.length > before ? undefined : { line, deviceId, fields: checked };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    for (const { field, message } of error.errors)
      errors.push({ field: `line ${String(line)}: ${field}`, message: `Line ${String(line)}: ${message}` });
    return undefined;
  }
}

/** A cell as the API takes the field; an empty one empties it (the name becomes the id). */
function valueOf(
  column: Column,
  cell: string,
  { line, deviceId, errors }: { line: number; deviceId: string; errors: FieldError[] },
): unknown {
  switch (column) {
    case 'name':
      return cell === '' ? deviceId : cell;
    case 'allowed_commands':
      return cell.split(/[\s|]+/).filter((name) => name !== '');
    case 'offline_seconds':
      if (cell === '') return null;
      return /^\d{1,9}$/.test(cell) ? Number(cell) : cell;
    case 'metadata':
      try {
        return cell === '' ? {} : (JSON.parse(cell) as unknown);
      } catch {
        errors.push(
          at(
            line,
            'metadata',
            `is ${shown(cell)}, which is not JSON; send an object such as {"serial": 7}, in quotes, its own quotes doubled.`,
          ),
        );
        return undefined;
      }
    default:
      return cell;
  }
}

function at(line: number, field: string, what: string): FieldError {
  return { field: `line ${String(line)}: ${field}`, message: `Line ${String(line)}: "${field}" ${what}` };
}

function shown(cell: string): string {
  const text = JSON.stringify(cell);
  return text.length > 80 ? `${text.slice(0, 77)}..."` : text;
}

function refused(errors: readonly FieldError[]): AppError {
  const more = errors.length > 1 ? ` (and ${String(errors.length - 1)} more)` : '';
  return new AppError('INVALID_REQUEST', `${errors[0]?.message ?? ''}${more} Nothing was imported.`, {
    errors: errors.slice(0, MAX_ERRORS),
  });
}
