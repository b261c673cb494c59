import assert from 'node:assert/strict';
import { Table } from './table.ts';

const table = (header: string, device?: string) => new Table({ line: 1, fields: header.split(',') }, device);
const row = (of: Table, text: string) => of.rowOf({ line: 7, fields: text.split(',') });
const TIME = '2026-01-31T06:30:00Z';

describe('the table of an import', () => {
  it('takes one reading a row in the long form', () => {
    const long = table('Device_ID, timestamp,key,value,unit,quality');
    const reading = { line: 7, column: 'value', deviceId: 'p', timestamp: TIME, key: 'temperature', value: 28.5, unit: 'C', quality: 90 };
    assert.deepEqual(row(long, `p,${TIME},temperature,28.5,C,90`), { readings: [reading], problems: [] });
    const values = ['-1e3', '+.5', 'TRUE', 'false', 'auto', '0x10'].map((value) => row(long, `p,5,k,${value},,`).readings[0]?.value);
    assert.deepEqual(values, [-1_000, 0.5, true, false, 'auto', '0x10']);
    assert.deepEqual(row(long, 'p,1769841000000,k,1,,').readings[0]?.timestamp, 1_769_841_000_000);
  });

  it('takes one key a column in the wide form, and no reading from an empty field', () => {
    const wide = table('timestamp,temperature,value', 'p');
    assert.deepEqual(
      row(wide, `${TIME},28.5,`).readings.map(({ deviceId, key, value, column }) => [deviceId, key, value, column]),
      [['p', 'temperature', 28.5, 'temperature']],
    );
    assert.equal(row(table('device_id,timestamp,k'), `other,${TIME},1`).readings[0]?.deviceId, 'other');
  });

  it('says of a row what is wrong with it, and goes on', () => {
    const long = table('device_id,timestamp,key,value,quality');
    const cases: [string, string | undefined, RegExp][] = [
      ['p,5,k,1', undefined, /4 fields, the header 5/],
      ['p,,k,1,', 'timestamp', /no timestamp/],
      [',5,k,1,', 'device_id', /no device id/],
      ['p,5,,1,', 'key', /no key/],
      ['p,5,k,,', 'value', /no value/],
      ['p,5,k,1e999,', 'value', /beyond what a double/],
      ['p,5,k,1,good', 'quality', /"good" is no number/],
    ];
    for (const [text, column, message] of cases) {
      const { readings, problems } = row(long, text);
      assert.deepEqual(readings, []);
      assert.equal(problems.length, 1, text);
      assert.equal(problems[0]?.line, 7);
      assert.equal(problems[0].column, column);
      assert.match(problems[0].message, message);
    }
    const wide = row(table('timestamp,a,b', 'p'), '5,1e999,2');
    assert.deepEqual([wide.readings.length, wide.problems[0]?.column], [1, 'a']);
  });

  it('refuses a header that cannot be meant', () => {
    const cases: [string, string | undefined, RegExp][] = [
      ['timestamp;a', undefined, /not separated by commas/],
      ['time,a', 'p', /no column "timestamp", only "time", "a"/],
      ['timestamp,a', undefined, /name the device with --device/],
      ['device_id,timestamp,a', 'p', /leave out --device/],
      ['timestamp,a,a', 'p', /"a" stands twice, in columns 2 and 3/],
      ['timestamp,a,', 'p', /column 3 has no name/],
      ['timestamp', 'p', /no column with values/],
      ['timestamp,key,value,colour', 'p', /"colour" is none of the columns/],
    ];
    for (const [header, device, message] of cases) assert.throws(() => table(header, device), { message });
  });
});
