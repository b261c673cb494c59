import assert from 'node:assert/strict';
import { readingTime } from './reading-time.ts';

describe('the time of a reading', () => {
  it('has its fraction within the time, before the half of the day', () => {
    assert.match(readingTime('en-US')('2026-11-21T12:34:58.694'), /^11\/21\/26, 12:34:58\.694\sPM$/);
  });

  it('keeps at least three digits, and all that tell two readings apart', () => {
    const time = readingTime('es');
    assert.match(time('2026-11-21T12:34:58.610'), /12:34:58,610$/);
    assert.match(time('2026-11-21T12:34:58'), /12:34:58,000$/);
    assert.match(time('2026-11-21T12:34:58.694128'), /12:34:58,694128$/);
  });
});
