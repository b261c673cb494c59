import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { inWholeBuckets } from './buckets.ts';
import type { ChartKind } from './chart.ts';
import type { LoadedLine } from './chart-feed.ts';
import { drawnLines, pointAt } from './drawn.ts';
import { lookAt } from './looks.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const HALF_PAST_SIX_MS = Date.parse('2026-01-31T06:30:00Z');

/** A line with one reading in each of these hours, its value the hour. */
const line = (id: string, hours: readonly number[], shiftMs = 0): LoadedLine => ({
  ...{ id, kind: 'number', unit: 'L', shiftMs, readings: undefined, bucketMs: HOUR_MS },
  buckets: hours.map((hour) => {
    const startMs = Date.parse('2026-01-31T00:00:00Z') + hour * HOUR_MS - shiftMs;
    return { startMs, count: 1, mean: hour, min: hour, max: hour };
  }),
});
const drawn = (lines: readonly LoadedLine[], nowMs: number, kind: ChartKind = 'bar') =>
  drawnLines(lines, {
    ...{ kind, aggregation: 'max', periodMs: DAY_MS, widthPx: 1_000, nowMs },
    looks: new Map(lines.map(({ id }, place) => [id, lookAt(place, 'light')])),
  });

describe('the bars of a chart', () => {
  it('have room on the axis from the first moment of their bucket on', () => {
    const lines = [line('a', [6]), line('b', [6])];
    for (let minute = 0; minute < 60; minute += 1) {
      const nowMs = Date.parse('2026-01-31T06:00:01Z') + minute * MINUTE_MS;
      const { startMs, endMs } = inWholeBuckets({ startMs: nowMs - DAY_MS, endMs: nowMs }, HOUR_MS);
      assert.deepEqual([startMs % HOUR_MS, endMs % HOUR_MS], [0, 0]);
      for (const { id, points } of drawn(lines, nowMs))
        assert.ok((points.at(-1)?.timeMs ?? Infinity) < endMs, `${id} is seen in minute ${String(minute)}`);
    }
  });

  it('have no more room than they need', () => {
    assert.deepEqual(inWholeBuckets({ startMs: 10, endMs: 20 }, 10), { startMs: 10, endMs: 20 });
    assert.deepEqual(inWholeBuckets({ startMs: 9, endMs: 21 }, 10), { startMs: 0, endMs: 30 });
  });

  it('tell the value of their bucket at each of its instants, wherever they stand in it', () => {
    const lines = drawn([line('a', [5, 6]), line('b', [5, 6])], HALF_PAST_SIX_MS);
    const told = (clock: string) => lines.map((one) => pointAt(one, Date.parse(`2026-01-31T${clock}Z`))?.value);
    assert.deepEqual(told('05:00:01'), [5, 5]);
    assert.deepEqual(told('05:59:59'), [5, 5]);
    assert.deepEqual(told('06:00:01'), [6, 6]);
    assert.deepEqual(told('06:59:59'), [6, 6]);
    assert.deepEqual(told('07:00:01'), [undefined, undefined]);
    assert.deepEqual(told('04:59:59'), [undefined, undefined]);
  });

  it('stand side by side, and those of earlier beside those of now', () => {
    const lines = drawn([line('a', [6]), line('b', [6]), line('b', [6], DAY_MS)], HALF_PAST_SIX_MS);
    assert.deepEqual(
      lines.map(({ points }) => new Date(points[0]?.timeMs ?? 0).toISOString().slice(0, 16)),
      ['2026-01-31T06:10', '2026-01-31T06:30', '2026-01-31T06:50'],
    );
    assert.deepEqual(
      lines.map((one) => pointAt(one, HALF_PAST_SIX_MS)?.value),
      [6, 6, 6],
    );
  });
});

describe('the points of lines', () => {
  it('count as the value some way around them', () => {
    const lines = drawn([line('a', [1, 2, 3])], HALF_PAST_SIX_MS, 'line');
    const told = (clock: string) => lines.map((one) => pointAt(one, Date.parse(`2026-01-31T${clock}Z`))?.value);
    assert.deepEqual([told('01:40:00'), told('02:10:00'), told('04:30:00'), told('05:30:00')], [[1], [2], [3], [undefined]]);
  });
});
