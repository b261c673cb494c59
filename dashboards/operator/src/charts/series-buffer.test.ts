import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { EMPTY_SERIES, joined, reconcileFrom, trimmed, withHistory, withLivePoint } from './series-buffer.ts';
import type { SeriesBuffer, SeriesPoint } from './series-buffer.ts';

const at = (second: number, micros = 0): SeriesPoint => ({ timeUs: second * 1_000_000 + micros, value: second });
const seconds = (buffer: SeriesBuffer): number[] => joined(buffer).map((point) => point.timeUs / 1_000_000);

describe('joining history and live readings', () => {
  it('shows live readings before any history has come, then the history under them', () => {
    const live = withLivePoint(withLivePoint(EMPTY_SERIES, at(10)), at(11));
    assert.deepEqual(seconds(live), [10, 11]);
    assert.deepEqual(seconds(withHistory(live, 0, [at(8), at(9), at(10)])), [8, 9, 10, 11]);
  });

  it('neither gap nor double where they overlap', () => {
    const buffer = withHistory(EMPTY_SERIES, 0, [at(1), at(2), at(3)]);
    const after = [at(2), at(3), at(4), at(4), at(5)].reduce(withLivePoint, buffer);
    assert.deepEqual(seconds(after), [1, 2, 3, 4, 5]);
  });

  it('fills in what live updates left out once the API is asked again', () => {
    let buffer = withHistory(EMPTY_SERIES, 0, [at(1), at(2)]);
    buffer = withLivePoint(buffer, at(6));
    buffer = withLivePoint(buffer, at(9));
    buffer = withHistory(buffer, 2_000_000, [at(2), at(3), at(4), at(5), at(6), at(7)]);
    assert.deepEqual(seconds(buffer), [1, 2, 3, 4, 5, 6, 7, 9]);
  });

  it('takes history in any order and keeps what lies before the time asked for', () => {
    const first = withHistory(EMPTY_SERIES, 0, [at(3), at(1), at(2)]);
    assert.deepEqual(seconds(withHistory(first, 3_000_000, [at(5), at(3), at(4)])), [1, 2, 3, 4, 5]);
  });

  it('does not show a reading twice when the live one has whole milliseconds only', () => {
    const buffer = withHistory(EMPTY_SERIES, 0, [at(1, 123_456)]);
    assert.equal(withLivePoint(buffer, at(1, 123_000)), buffer);
    assert.equal(withLivePoint(withHistory(EMPTY_SERIES, 0, [at(1, 123_000)]), at(1, 123_000)).tail.length, 0);
  });

  it('tells two readings of one millisecond apart by their microseconds', () => {
    const buffer = withHistory(EMPTY_SERIES, 0, [at(1, 123_456)]);
    assert.equal(joined(withLivePoint(buffer, at(1, 123_457))).length, 2);
  });

  it('puts a live reading that was overtaken into its place', () => {
    const buffer = [at(1), at(3), at(2), at(3)].reduce(withLivePoint, EMPTY_SERIES);
    assert.deepEqual(seconds(buffer), [1, 2, 3]);
  });

  it('lets go of what left the window but for the reading the line comes from', () => {
    let buffer = withHistory(EMPTY_SERIES, 0, [at(1), at(2), at(3), at(4)]);
    buffer = withLivePoint(buffer, at(5));
    assert.deepEqual(seconds(trimmed(buffer, 3_500_000)), [3, 4, 5]);
    assert.deepEqual(seconds(trimmed(buffer, 9_000_000)), [5]);
    assert.equal(trimmed(buffer, 0), buffer);
  });

  it('asks again from the newest stored reading, less what may come late, within the window', () => {
    const buffer = withLivePoint(withHistory(EMPTY_SERIES, 0, [at(100)]), at(130));
    assert.equal(reconcileFrom(buffer, 0, 30_000_000), 70_000_000);
    assert.equal(reconcileFrom(buffer, 90_000_000, 30_000_000), 90_000_000);
    assert.equal(reconcileFrom(EMPTY_SERIES, 50_000_000, 30_000_000), 50_000_000);
  });
});
