import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { estimateOffsetMs, narrowOffset } from './clock-offset.ts';

describe('the offset between this clock and the server', () => {
  it('is nothing when nothing is known and when both clocks can agree', () => {
    assert.equal(estimateOffsetMs(undefined), 0);
    const known = narrowOffset(undefined, { dateHeaderMs: 10_000, sentAtMs: 10_400, receivedAtMs: 10_450 });
    assert.deepEqual(known, { minMs: -450, maxMs: 600 });
    assert.equal(estimateOffsetMs(known), 0);
  });

  it('finds a clock that is two minutes behind to within a second', () => {
    const known = narrowOffset(undefined, { dateHeaderMs: 120_000, sentAtMs: 500, receivedAtMs: 600 });
    assert.ok(Math.abs(estimateOffsetMs(known) - 120_000) <= 1_000);
  });

  it('narrows with every answer', () => {
    // The server is 5,250 ms ahead.
    const first = narrowOffset(undefined, { dateHeaderMs: 5_000, sentAtMs: 0, receivedAtMs: 40 });
    const second = narrowOffset(first, { dateHeaderMs: 6_000, sentAtMs: 800, receivedAtMs: 840 });
    assert.ok(second.maxMs - second.minMs < first.maxMs - first.minMs);
    assert.ok(second.minMs <= 5_250 && second.maxMs >= 5_250);
  });

  it('starts again when the clock was set in between', () => {
    const before = narrowOffset(undefined, { dateHeaderMs: 10_000, sentAtMs: 10_000, receivedAtMs: 10_010 });
    const after = narrowOffset(before, { dateHeaderMs: 11_000, sentAtMs: 3_611_000, receivedAtMs: 3_611_010 });
    assert.ok(Math.abs(estimateOffsetMs(after) + 3_600_000) <= 1_000);
  });
});
