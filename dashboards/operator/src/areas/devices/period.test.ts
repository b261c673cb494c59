import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { localInput, readPeriod, writePeriod } from './period.ts';

describe('a period in the address', () => {
  it('is a name or two instants', () => {
    assert.deepEqual(readPeriod('24h'), { lastMs: 86_400_000 });
    const period = { startMs: Date.parse('2026-01-31T06:00:00Z'), endMs: Date.parse('2026-01-31T07:30:00Z') };
    assert.equal(writePeriod(period), '2026-01-31T06:00:00.000Z..2026-01-31T07:30:00.000Z');
    assert.deepEqual(readPeriod(writePeriod(period)), period);
    assert.equal(writePeriod({ lastMs: 3_600_000 }), '1h');
  });

  it('is nothing when it makes no sense', () => {
    for (const text of ['', 'toString', '24', 'a..b', '2026-01-02T00:00:00Z..2026-01-01T00:00:00Z', '2026-01-01..2026-01-02..2026-01-03']) {
      assert.equal(readPeriod(text), undefined, text);
    }
  });

  it('is entered in the zone of the person', () => {
    const at = new Date(2026, 0, 31, 6, 5).getTime();
    assert.equal(localInput(at), '2026-01-31T06:05');
    assert.equal(Date.parse(localInput(at)), at);
  });
});
