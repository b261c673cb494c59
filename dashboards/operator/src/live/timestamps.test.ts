import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseMicros, parseMillis } from './timestamps.ts';

describe('reading instants', () => {
  const base = Date.UTC(2026, 0, 31, 6, 30, 0) * 1_000;

  it('keeps six digits', () => {
    assert.equal(parseMicros('2026-01-31T06:30:00.123456Z'), base + 123_456);
    assert.equal(parseMicros('2026-01-31T06:30:00.123Z'), base + 123_000);
    assert.equal(parseMicros('2026-01-31T06:30:00.1Z'), base + 100_000);
    assert.equal(parseMicros('2026-01-31T06:30:00Z'), base);
  });

  it('keeps them with an offset instead of Z', () => {
    assert.equal(parseMicros('2026-01-31T01:30:00.000007-05:00'), base + 7);
  });

  it('does not take words for an instant', () => {
    assert.equal(parseMicros('soon'), undefined);
    assert.equal(parseMillis('soon'), 0);
  });
});
