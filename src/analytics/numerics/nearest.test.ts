import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nearestPairs, within } from './nearest.ts';
import type { TimedColumn } from './nearest.ts';

/** A series whose values are its times, so that a pair says which readings it is made of. */
function at(...times: number[]): TimedColumn {
  return { timesUs: Float64Array.from(times), numbers: Float64Array.from(times) };
}

function pairsOf(first: TimedColumn, second: TimedColumn, toleranceUs: number): [number, number][] {
  const { xs, ys } = nearestPairs(first, second, toleranceUs);
  return Array.from(xs, (x, place) => [x, ys[place] ?? NaN]);
}

describe('pairs of the nearest readings', () => {
  it('are as far apart as is allowed, and no further', () => {
    assert.deepEqual(pairsOf(at(10, 20, 30), at(13, 26), 3), [[10, 13]]);
    assert.deepEqual(pairsOf(at(10, 20, 30), at(13, 26), 4), [
      [10, 13],
      [30, 26],
    ]);
  });

  it('take the earlier of two that are as near', () => {
    assert.deepEqual(pairsOf(at(10), at(8, 12), 5), [[10, 8]]);
  });

  it('may use a reading of the second for several of the first', () => {
    assert.deepEqual(pairsOf(at(9, 10, 11), at(10), 1), [
      [9, 10],
      [10, 10],
      [11, 10],
    ]);
  });

  it('are none where one series has no reading', () => {
    assert.deepEqual(pairsOf(at(), at(1), 9), []);
    assert.deepEqual(pairsOf(at(1), at(), 9), []);
  });

  it('are those that comparing each with each finds', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { maxLength: 60 }).map((found) => found.sort((a, b) => a - b));
    fc.assert(
      fc.property(times, times, fc.integer({ min: 0, max: 40 }), (first, second, tolerance) => {
        const expected = first.flatMap((x): [number, number][] => {
          const [y] = second.filter((one) => Math.abs(one - x) <= tolerance).sort((a, b) => Math.abs(a - x) - Math.abs(b - x) || a - b);
          return y === undefined ? [] : [[x, y]];
        });
        assert.deepEqual(pairsOf(at(...first), at(...second), tolerance), expected);
      }),
    );
  });

  it('are looked for among the readings of a period, its end not included', () => {
    assert.deepEqual([...within(at(1, 2, 3, 4), 2, 4).numbers], [2, 3]);
    assert.deepEqual([...within(at(1, 2, 3, 4), 5, 9).numbers], []);
  });
});
