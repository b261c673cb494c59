import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ThinnedCurve } from './thin.ts';

describe('a thinned curve', () => {
  it('keeps first instant, smallest and largest value of each bucket', () => {
    const thinned = new ThinnedCurve(0, 40_000, 4);
    for (const [timeUs, value] of [
      [1_000, 5],
      [2_000, -1],
      [9_999, 3],
      [10_000, 7],
      [35_000, 2],
    ] as const)
      thinned.add(timeUs, value);
    assert.deepEqual(thinned.curve(), { atMs: [1, 10, 35], min: [-1, 7, 2], max: [5, 7, 2] });
  });

  it('loses no extreme, has no more points than buckets, and stays in the order of time', () => {
    const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 999_999 }), fc.double({ noNaN: true, noDefaultInfinity: true })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 50 }), (unsorted, buckets) => {
        const all = unsorted.toSorted(([a], [b]) => a - b);
        const thinned = new ThinnedCurve(0, 1_000_000, buckets);
        for (const [timeUs, value] of all) thinned.add(timeUs, value);
        const { atMs, min, max } = thinned.curve();
        const values = all.map(([, value]) => value);
        assert.ok(atMs.length <= buckets && min.length === atMs.length && max.length === atMs.length);
        assert.equal(Math.min(...min) + 0, Math.min(...values) + 0);
        assert.equal(Math.max(...max) + 0, Math.max(...values) + 0);
        assert.deepEqual(
          atMs,
          atMs.toSorted((a, b) => a - b),
        );
        assert.equal(atMs[0], (all[0]?.[0] ?? 0) / 1_000);
      }),
    );
  });

  it('is empty without readings', () => {
    assert.deepEqual(new ThinnedCurve(0, 1).curve(), { atMs: [], min: [], max: [] });
  });
});
