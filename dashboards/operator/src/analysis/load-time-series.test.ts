import assert from 'node:assert/strict';
import type { AnalysedTimeSeries } from '../../../../src/contracts/analytics.ts';
import { loadTimeSeries } from './load-time-series.ts';
import type { AskedRange } from './use-analysis.ts';

const MOST = 100;
const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString();

/** An API with a reading each second; `gapSeconds`: what it says of them. */
function api(gapSeconds = 3) {
  const asked: (number | undefined)[] = [];
  const read = (range: AskedRange, intervalSeconds?: number): Promise<AnalysedTimeSeries> => {
    asked.push(intervalSeconds);
    const step = (intervalSeconds ?? 1) * 1_000;
    const [startMs, endMs] = [Date.parse(range.start), Date.parse(range.end)];
    const found: string[] = [];
    for (let ms = Math.floor(startMs / step) * step; ms < endMs; ms += step) found.push(new Date(ms).toISOString());
    return Promise.resolve({
      ...{
        device_id: 'd',
        key: 'k',
        unit: null,
        ...range,
        moving_average_over: '5 readings',
        gap_seconds: intervalSeconds === undefined ? gapSeconds : intervalSeconds * 3,
      },
      ...{ interval_seconds: intervalSeconds ?? null, min_value: null, max_value: null },
      items: found.slice(0, MOST).map((at) => ({ at, value: 1, moving_average: 1, rate_per_minute: 0, after_gap: false })),
      next_cursor: found.length > MOST ? 'more' : null,
    });
  };
  return { asked, read };
}

describe('what is drawn of a period', () => {
  it('are its readings where there is room', async () => {
    const { read, asked } = api();
    const shown = await loadTimeSeries(read, { start: iso(0), end: iso(80) }, { most: MOST });
    assert.deepEqual([shown.items.length, asked], [80, [undefined]]);
  });

  for (const [seconds, bucket] of [
    [101, 2],
    [1_000, 11],
    [3_600, 60],
    [86_400, 900],
    [30 * 86_400, 26_220],
  ] as const) {
    it(`are means of ${String(bucket)} s of ${String(seconds)} s, from the beginning to the end`, async () => {
      const { read, asked } = api();
      const from = 7;
      const shown = await loadTimeSeries(read, { start: iso(from), end: iso(from + seconds) }, { most: MOST });
      assert.deepEqual([asked, shown.next_cursor], [[undefined, bucket], null]);
      const [first, last] = [shown.items[0], shown.items.at(-1)].map((item) => Date.parse(item?.at ?? '') / 1_000);
      assert.ok(Math.abs((first ?? NaN) - from) <= bucket && Math.abs((last ?? NaN) - from - seconds) <= bucket);
    });
  }

  it('are means of whole minutes where there are too many readings to read them all', async () => {
    const { read, asked } = api(0.12);
    await loadTimeSeries(read, { start: iso(0), end: iso(8_400) }, { most: 5_000 });
    assert.deepEqual(asked, [undefined, 60]);
  });

  it('are means long enough for an average over a time', async () => {
    const { read, asked } = api();
    await loadTimeSeries(read, { start: iso(0), end: iso(1_000) }, { most: MOST, windowSeconds: 24_500 });
    assert.deepEqual(asked, [undefined, 25]);
  });
});
