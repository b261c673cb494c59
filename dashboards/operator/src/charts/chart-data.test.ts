import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PointValue } from '../../../../src/contracts/telemetry.ts';
import { alignedColumns, breakAfterMs, drawableSegments, nearest, stateSegments, summaryOf } from './chart-data.ts';

const point = (timeMs: number, value: number) => ({ timeMs, value });
const at = (second: number, value: PointValue) => ({ timeUs: second * 1_000_000, value });

describe('the lines of a chart', () => {
  it('share one column of times', () => {
    const { times, lines } = alignedColumns([
      { points: [point(1, 10), point(3, 30)], breakMs: 100 },
      { points: [point(2, 20), point(3, 31)], breakMs: 100 },
    ]);
    assert.deepEqual(times, [1, 2, 3]);
    assert.deepEqual(
      lines.map(({ values }) => values),
      [
        [10, undefined, 30],
        [undefined, 20, 31],
      ],
    );
  });

  it('break where there was silence, each for itself', () => {
    const { times, lines } = alignedColumns([
      { points: [point(0, 1), point(10, 2), point(100, 3)], breakMs: 50 },
      { points: [point(0, 5), point(100, 6)], breakMs: 500 },
    ]);
    assert.deepEqual(times, [0, 10, 55, 100]);
    assert.deepEqual(lines[0]?.values, [1, 2, null, 3]);
    assert.deepEqual(lines[1]?.values, [5, undefined, undefined, 6]);
  });

  it('do not break where a device reported less often for a while', () => {
    const points = [0, 60, 120, 180, 240, 241, 242, 243, 244, 245, 246, 247, 300, 301, 302, 303].map((second) => point(second * 1_000, 1));
    const breakMs = breakAfterMs(points.map(({ timeMs }) => timeMs));
    const { times, lines } = alignedColumns([{ points, breakMs }]);
    assert.deepEqual(
      times.filter((_time, place) => lines[0]?.values[place] === null),
      [273_500],
    );
  });

  it('are drawn inside the plot also where they are the largest numbers there are', () => {
    const { lines } = alignedColumns([{ points: [point(1, Number.MAX_VALUE), point(2, -Number.MAX_VALUE)], breakMs: 50 }]);
    const [high = 0, low = 0] = lines[0]?.values ?? [];
    assert.ok(Number.isFinite(Number(high) - Number(low)) && Number(high) < Number.MAX_VALUE, String(high));
    assert.deepEqual(lines[0]?.highs, lines[0]?.values);
  });

  it('have lows and highs where they are of buckets', () => {
    const { lines } = alignedColumns([{ points: [{ timeMs: 1, value: 5, low: 2, high: 9 }, point(2, 6)], breakMs: 50 }]);
    assert.deepEqual(lines, [{ values: [5, 6], lows: [2, 6], highs: [9, 6] }]);
  });

  it('break after several of their usual distances, and never at once', () => {
    assert.equal(breakAfterMs([]), 15_000);
    assert.equal(breakAfterMs([0, 1_000, 2_000, 60_000]), 15_000);
    assert.equal(breakAfterMs([0, 60_000, 120_000]), 360_000);
    assert.equal(breakAfterMs([0, 60_000, 120_000], 60_000), 180_000);
    assert.equal(breakAfterMs([0, 600_000, 1_200_000], 60_000), 1_800_000);
  });

  it('know the value nearest to an instant, but not over a silence', () => {
    const of = (timeMs: number) => nearest([10, 20, 100], timeMs, { timeOf: (one) => one, reachMs: 15 });
    assert.deepEqual([of(0), of(14), of(16), of(60), of(1_000), of(95)], [10, 10, 20, undefined, undefined, 100]);
    assert.equal(nearest([], 5, { timeOf: Number, reachMs: 10 }), undefined);
  });

  it('come to least, greatest, mean and last of what is shown', () => {
    const points = [point(0, 100), { timeMs: 10, value: 2, low: 1, high: 3 }, point(20, 4)];
    assert.deepEqual(summaryOf(points, 5, 25), { min: 1, max: 4, mean: 3, last: 4, count: 2 });
    assert.equal(summaryOf(points, 30, 40), undefined);
  });
});

describe('the states of a text series', () => {
  it('last until the next reading', () => {
    assert.deepEqual(stateSegments([at(1, 'idle'), at(2, 'idle'), at(5, 'running'), at(6, 'running')], 60_000), [
      { value: 'idle', startMs: 1_000, endMs: 5_000 },
      { value: 'running', startMs: 5_000, endMs: 6_000 },
    ]);
  });

  it('do not last through a silence', () => {
    assert.deepEqual(stateSegments([at(1, 'idle'), at(2, 'idle'), at(500, 'idle')], 60_000), [
      { value: 'idle', startMs: 1_000, endMs: 2_000 },
      { value: 'idle', startMs: 500_000, endMs: 500_000 },
    ]);
  });

  it('are no more than a strip can show', () => {
    const flicker = Array.from({ length: 1_000 }, (_, second) => at(second, second % 2 === 0 ? 'a' : 'b'));
    const drawn = drawableSegments(stateSegments(flicker, 60_000), 10_000);
    assert.ok(drawn.length <= 120, String(drawn.length));
    assert.equal(drawn[0]?.startMs, 0);
    assert.equal(drawn.at(-1)?.endMs, 999_000);
  });
});
