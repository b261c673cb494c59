import type { CsvRecord } from './csv.ts';
import { ImportError } from './csv.ts';

/** One value of a row, and where it stands. */
export interface Reading {
  line: number;
  /** The name of the column that holds the value. */
  column: string;
  deviceId: string;
  /** ISO 8601 with a zone as text, or epoch milliseconds as a number, as the file has it. */
  timestamp: string | number;
  key: string;
  value: number | boolean | string;
  unit: string | undefined;
  quality: number | undefined;
}

/** Why a row, or one value of it, cannot be sent. */
export interface RowProblem {
  line: number;
  column: string | undefined;
  message: string;
}

/** What a row holds. */
export interface Row {
  readings: Reading[];
  problems: RowProblem[];
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const EPOCH = /^-?\d+(?:\.\d+)?$/;
const LONG_COLUMNS = ['device_id', 'timestamp', 'key', 'value', 'unit', 'quality'];

/**
 * Understands the header of a file, in one of two forms: long (`device_id,timestamp,key,value,unit,quality`: one value a row) or wide
 * (`timestamp,temperature,pressure`: one key a column).
 */
export class Table {
  private readonly names: readonly string[];
  private readonly device: string | undefined;
  private readonly deviceAt: number;
  private readonly timestampAt: number;
  private readonly isLong: boolean;

  /** `device` is the one that all rows speak of when no column names it. Throws an `ImportError` for a header that cannot be used. */
  constructor(header: CsvRecord, device: string | undefined) {
    const given = header.fields.map((name) => name.trim());
    const lower = given.map((name) => name.toLowerCase());
    this.isLong = lower.includes('key') && lower.includes('value');
    this.names = given.map((name, i) =>
      LONG_COLUMNS.includes(lower[i] ?? '') && (this.isLong || isAddress(lower[i])) ? (lower[i] ?? '') : name,
    );
    this.device = device;
    this.deviceAt = this.names.indexOf('device_id');
    this.timestampAt = this.names.indexOf('timestamp');
    this.check(header.line);
  }

  private check(line: number): void {
    const { names } = this;
    const problem = (what: string) => new ImportError(`Line ${String(line)} (the header): ${what}`);
    for (const [i, name] of names.entries()) {
      if (name === '') throw problem(`column ${String(i + 1)} has no name.`);
      const first = names.indexOf(name);
      if (first !== i) throw problem(`"${name}" stands twice, in columns ${String(first + 1)} and ${String(i + 1)}.`);
    }
    if (names.length === 1 && /[;\t]/.test(names[0] ?? ''))
      throw problem('the fields are not separated by commas; save the file with commas.');
    if (this.timestampAt === -1) throw problem(`there is no column "timestamp", only ${names.map((name) => `"${name}"`).join(', ')}.`);
    if (this.deviceAt === -1 && this.device === undefined) {
      throw problem('no column "device_id" says whose readings these are; add it, or name the device with --device ID.');
    }
    if (this.deviceAt !== -1 && this.device !== undefined) {
      throw problem('the column "device_id" says whose readings these are; leave out --device, or remove the column.');
    }
    const unknown = this.isLong ? names.find((name) => !LONG_COLUMNS.includes(name)) : undefined;
    if (unknown !== undefined) throw problem(`"${unknown}" is none of the columns ${LONG_COLUMNS.join(', ')}; remove it.`);
    if (names.every((name) => isAddress(name))) throw problem('there is no column with values.');
  }

  /** The readings of a row. Empty fields of the wide form are no readings. */
  rowOf(record: CsvRecord): Row {
    const { line, fields } = record;
    const refused = (column: string | undefined, message: string): Row => ({ readings: [], problems: [{ line, column, message }] });
    if (fields.length !== this.names.length) {
      return refused(undefined, `the row has ${String(fields.length)} fields, the header ${String(this.names.length)}.`);
    }
    const time = (fields[this.timestampAt] ?? '').trim();
    if (time === '') return refused('timestamp', 'there is no timestamp; history has none of its own.');
    const deviceId = this.device ?? (fields[this.deviceAt] ?? '').trim();
    if (deviceId === '') return refused('device_id', 'there is no device id.');
    const address = { line, deviceId, timestamp: EPOCH.test(time) ? Number(time) : time };
    return this.isLong ? this.longRow(fields, address) : this.wideRow(fields, address);
  }

  private longRow(fields: readonly string[], address: Pick<Reading, 'line' | 'deviceId' | 'timestamp'>): Row {
    const field = (name: string) => fields[this.names.indexOf(name)] ?? '';
    const { line } = address;
    const value = valueOf(field('value'));
    const quality = field('quality').trim();
    const unit = field('unit').trim();
    const wrong =
      field('key') === ''
        ? { column: 'key', message: 'there is no key.' }
        : value === undefined
          ? { column: 'value', message: 'there is no value.' }
          : value === OUT_OF_RANGE
            ? { column: 'value', message: `${shown(field('value'))} is beyond what a double can hold.` }
            : quality !== '' && !NUMBER.test(quality)
              ? { column: 'quality', message: `${shown(quality)} is no number from 0 to 100.` }
              : undefined;
    if (wrong !== undefined || value === undefined || value === OUT_OF_RANGE) {
      return { readings: [], problems: wrong === undefined ? [] : [{ line, ...wrong }] };
    }
    const rest = { unit: unit === '' ? undefined : unit, quality: quality === '' ? undefined : Number(quality) };
    return { readings: [{ ...address, column: 'value', key: field('key'), value, ...rest }], problems: [] };
  }

  private wideRow(fields: readonly string[], address: Pick<Reading, 'line' | 'deviceId' | 'timestamp'>): Row {
    const row: Row = { readings: [], problems: [] };
    for (const [i, key] of this.names.entries()) {
      if (i === this.timestampAt || i === this.deviceAt) continue;
      const value = valueOf(fields[i] ?? '');
      if (value === undefined) continue;
      if (value === OUT_OF_RANGE) {
        row.problems.push({ line: address.line, column: key, message: `${shown(fields[i] ?? '')} is beyond what a double can hold.` });
      } else {
        row.readings.push({ ...address, column: key, key, value, unit: undefined, quality: undefined });
      }
    }
    return row;
  }
}

const OUT_OF_RANGE = Symbol('out of range');

/** What a field says: a number, true or false, or text; undefined when it is empty. */
function valueOf(field: string): Reading['value'] | typeof OUT_OF_RANGE | undefined {
  const text = field.trim();
  if (text === '') return undefined;
  if (NUMBER.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : OUT_OF_RANGE;
  }
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  return field;
}

function isAddress(name: string | undefined): boolean {
  return name === 'device_id' || name === 'timestamp';
}

function shown(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 57)}...` : text}"`;
}
