import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readCsv } from './csv.ts';
import type { CsvRecord } from './csv.ts';

async function* inChunks(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield await Promise.resolve(text.slice(at, at + size));
}

async function read(text: string, size = 1_000): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  for await (const record of readCsv(inChunks(text, size))) records.push(record);
  return records;
}

describe('the CSV reader', () => {
  it('knows quotes, commas and line ends inside them, and tells on which line a record begins', async () => {
    const text = 'a,b\r\n1,"x, ""y""\nz"\n\n"",\n2,last';
    const expected = [
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['1', 'x, "y"\nz'] },
      { line: 5, fields: ['', ''] },
      { line: 6, fields: ['2', 'last'] },
    ];
    for (const size of [1, 2, 3, 1_000]) assert.deepEqual(await read(text, size), expected, `chunks of ${String(size)}`);
    assert.deepEqual(await read(''), []);
    assert.deepEqual(
      (await read('a\r"b"\r')).map(({ fields }) => fields),
      [['a'], ['b']],
    );
  });

  it('gives back whatever was written, in chunks of any size', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'ö') });
    const table = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), fc.constantFrom('\n', '\r\n'), async (rows, size, end) => {
        const text = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',') + end).join('');
        assert.deepEqual(
          (await read(text, size)).map(({ fields }) => fields),
          rows,
        );
      }),
    );
  });

  it('names line and column of what it cannot read', async () => {
    const cases: [string, RegExp][] = [
      ['a,b\n1,x"y\n', /^Line 2, column 2: there is a quote inside a field/],
      ['a,b\n"1"x,2\n', /^Line 2, column 1: after the closing quote stands "x"/],
      ['a,b\n1,"2\n3', /^Line 3, column 2: the quote that opens the field is never closed/],
      [`a\n"${'x\n'.repeat(600_000)}`, /column 1: the field does not end/],
    ];
    for (const [text, message] of cases) await assert.rejects(read(text, 65_536), { message });
  });
});
