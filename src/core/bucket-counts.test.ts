import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BucketCounts } from './bucket-counts.ts';

describe('counts in buckets', () => {
  it('take a value into the first bucket whose bound it does not exceed', () => {
    const buckets = new BucketCounts([1, 2, 5]);
    for (const value of [0, 1, 1.5, 2, 5, 5.1, 100]) buckets.observe(value);
    assert.deepEqual([...buckets.counts], [2, 2, 1, 2]);
    assert.equal(buckets.total, 7);
    assert.equal(buckets.sum, 114.6);
  });

  it('are what counting below each bound says, whatever the values', () => {
    const bounds = [0.001, 0.01, 0.1, 1, 10];
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true })), (values) => {
        const buckets = new BucketCounts(bounds);
        for (const value of values) buckets.observe(value);
        let cumulative = 0;
        for (const [place, bound] of bounds.entries()) {
          cumulative += buckets.counts[place] ?? 0;
          assert.equal(cumulative, values.filter((value) => value <= bound).length);
        }
        assert.equal(buckets.total, values.length);
      }),
    );
  });
});
