import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ageOf, isStale } from './age.ts';

const NOW_MS = 1_750_000_000_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('the age of a value', () => {
  const cases: [name: string, agedMs: number, kind: string, count: number][] = [
    ['just arrived', 0, 'seconds', 0],
    ['rounds down', 3_999, 'seconds', 3],
    ['last second before a minute', 59_999, 'seconds', 59],
    ['a minute', MINUTE, 'minutes', 1],
    ['last minute before an hour', HOUR - 1, 'minutes', 59],
    ['an hour', HOUR, 'hours', 1],
    ['hours up to two days', 48 * HOUR - 1, 'hours', 47],
    ['two days', 48 * HOUR, 'days', 2],
    ['long ago', 400 * 24 * HOUR, 'days', 400],
  ];
  for (const [name, agedMs, kind, count] of cases) {
    it(name, () => assert.deepEqual(ageOf(NOW_MS - agedMs, NOW_MS), { kind, count, ahead: false }));
  }

  it('takes a reading a moment ahead for a fresh one', () => {
    assert.deepEqual(ageOf(NOW_MS + 4 * SECOND, NOW_MS), { kind: 'seconds', count: 0, ahead: false });
  });

  it('says when a device claims to be in the future', () => {
    assert.deepEqual(ageOf(NOW_MS + 3 * MINUTE, NOW_MS), { kind: 'minutes', count: 3, ahead: true });
  });

  it('is stale only after the limit', () => {
    assert.equal(isStale(NOW_MS - MINUTE, NOW_MS, MINUTE), false);
    assert.equal(isStale(NOW_MS - MINUTE - 1, NOW_MS, MINUTE), true);
    assert.equal(isStale(NOW_MS - 11 * SECOND, NOW_MS, 10 * SECOND), true);
  });
});
