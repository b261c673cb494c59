/** One record of a CSV file, with the line on which it begins (1 is the first). */
export interface CsvRecord {
  line: number;
  fields: string[];
}

/** Something in the file or in the way it is imported that only a person can change; the message says where and what. */
export class ImportError extends Error {}

/** A field that is longer than this has no closing quote: nothing that may be stored is. */
const MAX_FIELD_CHARACTERS = 1_000_000;

/**
 * Reads CSV as RFC 4180 has it: commas, fields in double quotes (doubled inside), which may hold commas and line ends; lines end with LF,
 * CRLF or CR; empty lines are left out. Holds one record at a time. Throws an `ImportError` that names line and column of what is wrong.
 */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  const parser = new CsvParser();
  for await (const chunk of chunks) yield* parser.push(chunk);
  yield* parser.end();
}

type State = 'field start' | 'plain' | 'quoted' | 'after quote' | 'after CR';

class CsvParser {
  private state: State = 'field start';
  private fields: string[] = [];
  private field = '';
  private wasQuoted = false;
  private line = 1;
  private recordLine = 1;
  /** Those that have ended and were not handed over yet. */
  private readonly records: CsvRecord[] = [];

  *push(text: string): Generator<CsvRecord> {
    let at = 0;
    while (at < text.length) {
      at = this.take(text, at);
      if (this.field.length > MAX_FIELD_CHARACTERS) throw this.problem('the field does not end; look for a quote that is not closed');
      const record = this.finished();
      if (record !== undefined) yield record;
    }
  }

  *end(): Generator<CsvRecord> {
    if (this.state === 'quoted') throw this.problem('the quote that opens the field is never closed');
    if (this.state !== 'field start' || this.fields.length > 0 || this.field !== '') this.endRecord();
    const record = this.finished();
    if (record !== undefined) yield record;
  }

  private finished(): CsvRecord | undefined {
    return this.records.shift();
  }

  /** Takes what belongs together from `at` on, and answers where the next begins. */
  private take(text: string, at: number): number {
    switch (this.state) {
      case 'quoted':
        return this.takeQuoted(text, at);
      case 'after CR':
        this.endRecord();
        return text[at] === '\n' ? at + 1 : at;
      case 'after quote':
        if (text[at] === '"') {
          this.field += '"';
          this.state = 'quoted';
          return at + 1;
        }
        return this.takeEnd(text[at] ?? '', at);
      case 'field start':
        if (text[at] === '"') {
          this.wasQuoted = true;
          this.state = 'quoted';
          return at + 1;
        }
        this.state = 'plain';
        return at;
      case 'plain':
        return this.takePlain(text, at);
    }
  }

  private takePlain(text: string, at: number): number {
    let end = at;
    while (end < text.length && !isSpecial(text.charCodeAt(end))) end++;
    this.field += text.slice(at, end);
    if (end === text.length) return end;
    if (text[end] === '"')
      throw this.problem('there is a quote inside a field without quotes; put the field in quotes and double the quote');
    return this.takeEnd(text[end] ?? '', end);
  }

  private takeQuoted(text: string, at: number): number {
    const quote = text.indexOf('"', at);
    const end = quote === -1 ? text.length : quote;
    const part = text.slice(at, end);
    this.field += part;
    for (let i = part.indexOf('\n'); i !== -1; i = part.indexOf('\n', i + 1)) this.line++;
    if (quote === -1) return end;
    this.state = 'after quote';
    return end + 1;
  }

  /** What may follow a field: a comma or a line end. */
  private takeEnd(character: string, at: number): number {
    if (character === ',') this.endField();
    else if (character === '\n') this.endRecord();
    else if (character === '\r') this.state = 'after CR';
    else throw this.problem(`after the closing quote stands "${character}" where a comma or the end of the line belongs`);
    return at + 1;
  }

  private endField(): void {
    this.fields.push(this.field);
    this.field = '';
    this.wasQuoted = false;
    this.state = 'field start';
  }

  private endRecord(): void {
    const isEmpty = this.fields.length === 0 && this.field === '' && !this.wasQuoted;
    this.endField();
    if (!isEmpty) this.records.push({ line: this.recordLine, fields: this.fields });
    this.fields = [];
    this.line++;
    this.recordLine = this.line;
  }

  private problem(what: string): ImportError {
    return new ImportError(`Line ${String(this.line)}, column ${String(this.fields.length + 1)}: ${what}.`);
  }
}

/** Comma, quote, CR and LF: what ends a plain field or may not stand in it. */
const SPECIAL = new Set([0x2c, 0x22, 0x0d, 0x0a]);

function isSpecial(code: number): boolean {
  return code <= 0x2c && SPECIAL.has(code);
}
