import assert from 'node:assert/strict';
import { dashboardContentSchema } from '../../../../../../src/contracts/dashboards.ts';
import { fileNameOf, fromFile, toFile } from './board-file.ts';

const BOARD = {
  name: 'Hall A / día',
  description: '',
  is_public: true,
  widgets: [
    {
      id: 'a',
      type: 'value' as const,
      title: '',
      series: [
        { device_id: 'p1', key: 't' },
        { device_id: 'p1', key: 'u' },
      ],
      options: {},
    },
    { id: 'b', type: 'status' as const, title: '', series: [], selector: { type: 'pump' }, options: {} },
  ],
  layout: { a: { x: 0, y: 0, w: 3, h: 2 } },
};

describe('a dashboard as a file', () => {
  it('comes back as it went, and is what the server takes', () => {
    const read = fromFile(toFile(BOARD));
    assert.ok('body' in read);
    assert.deepEqual(read.body, BOARD);
    assert.deepEqual(dashboardContentSchema.parse(read.body), BOARD);
    assert.deepEqual([read.name, read.widgetCount, read.deviceIds], [BOARD.name, 2, ['p1']]);
  });

  it('may be what the API answered, without what only the server knows', () => {
    const read = fromFile(
      JSON.stringify({ ...BOARD, id: 'x', owner: 'ada', owner_id: null, version: 9, created_at: '', updated_at: '', updated_by: '' }),
    );
    assert.ok('body' in read);
    assert.deepEqual(read.body, BOARD);
  });

  it('leaves to the server what it does not know', () => {
    const read = fromFile('{"name":"x","colour":"red","widgets":[1,{"series":[{"device_id":7}]}]}');
    assert.ok('body' in read);
    assert.deepEqual([read.body['colour'], read.deviceIds], ['red', []]);
  });

  it('says why a text is none', () => {
    for (const [text, fault] of [
      ['{', 'no-json'],
      ['[]', 'no-object'],
      ['null', 'no-object'],
      ['{"format":"grafana","name":"x"}', 'other-format'],
      ['{"format":"insa-dashboard","version":2,"name":"x"}', 'newer-version'],
      ['{"widgets":[]}', 'no-name'],
      [' '.repeat(2_000_001), 'too-long'],
    ] as const) {
      const read = fromFile(text);
      assert.equal('fault' in read && read.fault, fault, text.slice(0, 40));
    }
  });

  it('has a name that every system takes', () => {
    assert.equal(fileNameOf('Hall A / día'), 'Hall-A-dia.json');
    assert.equal(fileNameOf('../../etc/passwd'), 'etcpasswd.json');
    assert.equal(fileNameOf('<img onerror>'), 'img-onerror.json');
    assert.equal(fileNameOf('日本'), 'dashboard.json');
  });
});
