import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PointValue } from '../../../../src/contracts/telemetry.ts';
import { askedOf, bucketSecondsFor, bucketStart, pointsOfBuckets, pointsOfReadings, withAnswer, withReadings } from './buckets.ts';
import type { Reading } from './buckets.ts';

const at = (second: number, value: PointValue): Reading => ({ timeUs: second * 1_000_000, value });
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

describe('readings of a chart in buckets', () => {
  it('have a round length that fits the width', () => {
    assert.equal(bucketSecondsFor(15 * MINUTE_MS, 600), 2);
    assert.equal(bucketSecondsFor(8 * 60 * MINUTE_MS, 600), 60);
    assert.equal(bucketSecondsFor(DAY_MS, 600), 5 * 60);
    assert.equal(bucketSecondsFor(30 * DAY_MS, 600), 2 * 60 * 60);
    assert.equal(bucketSecondsFor(MINUTE_MS, 100_000), 1);
    assert.ok(bucketSecondsFor(20 * 365 * DAY_MS, 10) <= 366 * 24 * 3600);
  });

  it('begin where those of the API begin', () => {
    assert.equal(bucketStart(Date.parse('2026-01-31T06:37:12Z'), 15 * MINUTE_MS), Date.parse('2026-01-31T06:30:00Z'));
  });

  it('are asked for whole: the same by pages that were opened a moment apart, and nothing is missing at either end', () => {
    const opened = Date.parse('2026-01-31T06:37:12.345Z');
    for (const shiftMs of [0, DAY_MS]) {
      const asked = [opened, opened + 1_234].map((nowMs) => askedOf({ startMs: nowMs - DAY_MS, endMs: nowMs }, shiftMs, 5 * MINUTE_MS));
      assert.equal(asked[0]?.startMs, asked[1]?.startMs);
      for (const [place, { startMs, endMs }] of asked.entries()) {
        const nowMs = opened + place * 1_234;
        assert.ok(startMs <= nowMs - DAY_MS - shiftMs && startMs > nowMs - DAY_MS - shiftMs - 5 * MINUTE_MS, 'the first bucket is whole');
        if (shiftMs === 0) assert.equal(endMs, nowMs, 'live readings go on exactly here');
        else assert.deepEqual([endMs >= nowMs - shiftMs, endMs % (5 * MINUTE_MS)], [true, 0]);
      }
    }
    assert.deepEqual(askedOf({ startMs: 0, endMs: 20_000 }, 10_000, 10_000), { startMs: -10_000, endMs: 10_000 });
  });

  it('have mean, least and greatest', () => {
    assert.deepEqual(withReadings([], [at(1, 10), at(2, 20), at(11, true), at(4, 'text')], 10_000), [
      { startMs: 0, count: 2, mean: 15, min: 10, max: 20 },
      { startMs: 10_000, count: 1, mean: 1, min: 1, max: 1 },
    ]);
  });

  it('go on with live readings where the API ended', () => {
    const answered = [{ startMs: 0, count: 1, mean: 9, min: 9, max: 9 }];
    assert.deepEqual(withReadings(answered, [at(5, 13), at(12, 1)], 10_000), [
      { startMs: 0, count: 2, mean: 11, min: 9, max: 13 },
      { startMs: 10_000, count: 1, mean: 1, min: 1, max: 1 },
    ]);
  });

  it('stay in order when a reading is late', () => {
    const starts = withReadings([{ startMs: 20_000, count: 1, mean: 1, min: 1, max: 1 }], [at(3, 1), at(25, 3)], 10_000).map(
      ({ startMs }) => startMs,
    );
    assert.deepEqual(starts, [0, 20_000]);
  });

  it('are replaced by what the API says anew', () => {
    const bucket = (startMs: number, mean: number) => ({ startMs, count: 1, mean, min: mean, max: mean });
    const merged = withAnswer([bucket(0, 1), bucket(10, 2), bucket(20, 3)], 10, [bucket(0, 9), bucket(10, 4)]);
    assert.deepEqual(
      merged.map(({ startMs, mean }) => [startMs, mean]),
      [
        [0, 1],
        [10, 4],
      ],
    );
  });

  it('are drawn at their middle, the last one at the middle of what has passed', () => {
    const buckets = withReadings([], [at(1, 10), at(11, 20)], 10_000);
    const drawn = pointsOfBuckets(buckets, { bucketMs: 10_000, aggregation: 'auto', nowMs: 14_000 });
    assert.deepEqual(drawn, [
      { timeMs: 5_000, value: 10, low: 10, high: 10 },
      { timeMs: 12_000, value: 20, low: 20, high: 20 },
    ]);
  });

  it('give each figure', () => {
    const buckets = withReadings([], [at(1, 10), at(2, 20)], 10_000);
    const figure = (aggregation: 'avg' | 'min' | 'max' | 'sum' | 'count') =>
      pointsOfBuckets(buckets, { bucketMs: 10_000, aggregation, nowMs: 20_000 })[0]?.value;
    assert.deepEqual([figure('avg'), figure('min'), figure('max'), figure('sum'), figure('count')], [15, 10, 20, 30, 2]);
  });

  it('have a mean of the largest numbers too', () => {
    assert.equal(withReadings([], [at(1, 1.7e308), at(2, 1.7e308)], 10_000)[0]?.mean, 1.7e308);
  });

  it('are not needed for what is drawn as it is', () => {
    assert.deepEqual(pointsOfReadings([at(1, 2.5), at(2, true), at(3, 'text')]), [
      { timeMs: 1_000, value: 2.5 },
      { timeMs: 2_000, value: 1 },
    ]);
  });
});
