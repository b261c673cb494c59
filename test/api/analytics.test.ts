import assert from 'node:assert/strict';
import { neededPairs } from '../../src/analytics/numerics/association.ts';
import { lineThrough, sumsOf } from '../../src/analytics/numerics/line.ts';
import { REFERENCE, assertAgrees } from '../analytics/reference/figures.ts';
import { AnalyticsPlant } from './analytics-plant.ts';

/** The sea of 61 years as a reading a minute. */
const { sea } = REFERENCE;

/** GET /analytics/..., compared with numpy, scipy and statsmodels (test/analytics/reference). */
describe('analytics', () => {
  let plant: AnalyticsPlant;

  /** The means of the sea in buckets of so many minutes since 1970, as far as they are whole. */
  function bucketMeans(minutes: number): number[] {
    const first = Date.parse(plant.iso(0)) / 60_000;
    const buckets = Map.groupBy(sea.keys(), (minute) => Math.floor((first + minute) / minutes));
    return [...buckets.values()].map((places) => places.reduce((sum, place) => sum + (sea[place] ?? NaN), 0) / places.length);
  }

  before(async () => (plant = await AnalyticsPlant.start()));
  after(() => plant.fixture.stop());

  describe('statistics', () => {
    it('agree with numpy', async () => {
      const found = await plant.statistics('buoy/sea', { percentiles: '5,25,50,75,95' });
      const expected = REFERENCE.statistics.sea;
      for (const name of ['count', 'mean', 'median', 'stddev', 'variance', 'min', 'max', 'coefficient_of_variation'] as const) {
        assertAgrees(found[name], expected[name], name);
      }
      const { percentiles } = found;
      for (const [place, percent] of ['5', '25', '50', '75', '95'].entries()) {
        assertAgrees(percentiles[percent], expected.percentiles[place] ?? NaN, `percentile ${percent}`);
      }
      assertAgrees(found.interquartile_range, (expected.percentiles[3] ?? NaN) - (expected.percentiles[1] ?? NaN), 'interquartile range');
      assertAgrees(found.range, expected.max - expected.min, 'range');
      assert.deepEqual([found.unit, found.source, found.undefined_because], ['°C', 'readings', {}]);
    });

    it('always have the quartiles and the 95th percentile, and those that are asked for', async () => {
      assert.deepEqual(Object.keys((await plant.statistics('buoy/sea')).percentiles), ['25', '50', '75', '95']);
      const { percentiles, min, max } = await plant.statistics('buoy/sea', { percentiles: '0,100,99.9' });
      assert.deepEqual(Object.keys(percentiles).sort(), ['0', '100', '25', '50', '75', '95', '99.9']);
      assert.deepEqual([percentiles['0'], percentiles['100']], [min, max]);
    });

    it('of an interval are those of the means of its buckets', async () => {
      const found = await plant.statistics('buoy/sea', { start: plant.iso(0), end: plant.iso(720), interval: '12m' });
      const means = bucketMeans(12).slice(0, 60);
      const mean = means.reduce((sum, one) => sum + one, 0) / means.length;
      assert.deepEqual([found.count, found.interval_seconds, found.source], [60, 720, 'minutes']);
      assertAgrees(found.mean, mean, 'mean');
      assertAgrees(found.variance, means.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 59, 'variance');
      assertAgrees(found.max, Math.max(...means), 'max');
      const line = await plant.trend('buoy/sea', { start: plant.iso(0), end: plant.iso(720), interval: '12m' });
      const xs = means.map((_, place) => place * 12 + 6);
      assertAgrees(line.slope_per_minute, lineThrough(sumsOf(xs, means))?.slope ?? NaN, 'slope');
    });

    it('say why a figure is not defined', async () => {
      const none = await plant.statistics('buoy/sea', { start: plant.iso(5_000), end: plant.iso(5_001) });
      assert.deepEqual([none.count, none.mean, none.stddev], [0, null, null]);
      assert.match(JSON.stringify(none.undefined_because), /There is no reading in the period/);
      const one = await plant.statistics('other/once');
      assert.deepEqual([one.mean, one.stddev, one.range], [5, null, 0]);
      const zero = await plant.statistics('other/zero');
      assert.deepEqual([zero.mean, zero.coefficient_of_variation], [0, null]);
      assert.match(JSON.stringify(zero.undefined_because), /The mean is 0/);
    });
  });

  describe('trends', () => {
    it('agree with scipy, and are stable where the slope is small', async () => {
      const found = await plant.trend('buoy/sea');
      const { slope_per_minute: slope, r_squared: rSquared, p_value: p } = REFERENCE.trend.sea;
      assertAgrees(found.slope_per_minute, slope, 'slope');
      assertAgrees(found.r_squared, rSquared, 'R squared');
      assertAgrees(found.p_value, p, 'p-value');
      assert.equal(found.trend, 'stable');
      const { value_at_start: atStart, value_at_end: atEnd, mean } = found;
      assert.ok(atStart !== null && atEnd !== null && mean !== null);
      assertAgrees((atEnd - atStart) / sea.length, slope, 'the line from where the period begins to where it ends');
      // A least-squares line goes through the means; those of times are in the middle between the first and the last reading.
      assertAgrees(atStart + (slope * (sea.length - 1)) / 2, mean, 'the line in the middle');
    });

    it('are not taken for more than chance because readings follow each other', async () => {
      const { autocorrelation, effective_count: count, adjusted_p_value: p } = REFERENCE.trend.sea;
      const found = await plant.trend('buoy/sea', { threshold: '0.001' });
      assertAgrees(found.autocorrelation, autocorrelation, 'autocorrelation');
      assertAgrees(found.effective_count, count, 'effective count');
      assertAgrees(found.adjusted_p_value, p, 'adjusted p-value');
      assert.deepEqual([found.trend, (found.p_value ?? 1) < 0.05], ['stable', true]);
    });

    it('have a word by slope and significance', async () => {
      const noise = (minute: number) => ((minute * 7_919) % 13) / 6 - 1;
      await plant.send(
        Array.from({ length: 80 }, (_, minute) =>
          plant.reading('silent', minute, { up: minute + noise(minute), down: noise(minute) - 2 * minute }),
        ),
      );
      const [up, down, steep] = [
        await plant.trend('silent/up'),
        await plant.trend('silent/down'),
        await plant.trend('silent/up', { threshold: '1.5' }),
      ];
      assert.deepEqual([up.trend, down.trend, steep.trend], ['increasing', 'decreasing', 'stable']);
    });

    it('of a constant series have a slope of 0 and no R squared', async () => {
      const found = await plant.trend('buoy/constant');
      assert.deepEqual([found.slope_per_minute, found.r_squared, found.trend], [0, null, 'stable']);
      assert.match(JSON.stringify(found.undefined_because), /All readings are equal/);
    });
  });

  describe('time series', () => {
    it('have moving averages that go on from page to page', async () => {
      const whole = await plant.timeSeries('buoy/sea', { limit: '1000' });
      const items = whole.items;
      assert.equal(items.length, sea.length);
      for (const place of [0, 3, 4, 100]) {
        const last = sea.slice(Math.max(0, place - 4), place + 1);
        assertAgrees(items[place]?.moving_average, last.reduce((sum, one) => sum + one, 0) / last.length, `average ${String(place)}`);
      }
      assert.equal(items[0]?.rate_per_minute, null);
      assertAgrees(items[1]?.rate_per_minute, (sea[1] ?? 0) - (sea[0] ?? 0), 'rate');
      const paged: unknown[] = [];
      for (let cursor: string | undefined = ''; cursor !== undefined;) {
        const page = await plant.timeSeries('buoy/sea', { limit: '100', ...(cursor === '' ? {} : { cursor }) });
        paged.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      }
      assert.deepEqual(paged, items);
    });

    it('mark what comes behind a gap, and average over time', async () => {
      await plant.send([0, 1, 2, 10, 11].map((minute) => plant.reading('silent', minute, { level: minute })));
      const found = await plant.timeSeries('silent/level', { window: '2m' });
      const items = found.items;
      assert.deepEqual(
        items.map((one) => one.after_gap),
        [false, false, false, true, false],
      );
      assert.deepEqual(
        items.map((one) => one.moving_average),
        [0, 0.5, 1, 10, 10.5],
      );
    });
  });

  describe('a filtered time series', () => {
    const LEVELS = [10, 11, 500, 12, -500, 13];

    before(() => plant.send(LEVELS.map((level, minute) => plant.reading('silent', minute + 200, { filtered: level }))));
    const filtered = (query: Record<string, string>) =>
      plant.timeSeries('silent/filtered', { start: plant.iso(200), end: plant.iso(300), ...query });

    it('leaves out what is not between two values, before anything is computed', async () => {
      const { items, min_value: lowest, max_value: highest } = await filtered({ min_value: '0', max_value: '100' });
      assert.deepEqual([lowest, highest], [0, 100]);
      assert.deepEqual(
        items.map(({ value, moving_average: average, rate_per_minute: rate }) => [value, average, rate]),
        [
          [10, 10, null],
          [11, 10.5, 1],
          [12, 11, 0.5],
          [13, 11.5, 0.5],
        ],
      );
      assert.deepEqual((await filtered({ min_value: '1e3' })).items, []);
    });

    it('has pages that go on where the one before ended', async () => {
      const whole = await filtered({ min_value: '0', max_value: '100' });
      const first = await filtered({ min_value: '0', max_value: '100', limit: '2' });
      const second = await filtered({ min_value: '0', max_value: '100', limit: '2', cursor: first.next_cursor ?? '' });
      assert.deepEqual([...first.items, ...second.items], whole.items);
      assert.equal(second.next_cursor, null);
    });

    it('has the means of buckets for items when an interval is given', async () => {
      const {
        items,
        moving_average_over: over,
        interval_seconds: seconds,
      } = await plant.timeSeries('buoy/sea', { interval: '12m', points: '2', limit: '10' });
      const means = bucketMeans(12);
      assert.deepEqual([over, seconds, items.length], ['2 buckets', 720, 10]);
      assertAgrees(items[3]?.value, means[3] ?? NaN, 'mean');
      assertAgrees(items[3]?.moving_average, ((means[2] ?? NaN) + (means[3] ?? NaN)) / 2, 'moving average');
      const next = await plant.timeSeries('buoy/sea', {
        interval: '12m',
        points: '2',
        limit: '1',
        cursor: (await plant.timeSeries('buoy/sea', { interval: '12m', points: '2', limit: '3' })).next_cursor ?? '',
      });
      assert.deepEqual(next.items, items.slice(3, 4));
    });
  });

  describe('correlations', () => {
    it('of nearest readings agree with scipy', async () => {
      const found = await plant.correlation('buoy', { keys: 'sea', other_device_id: 'other', tolerance: '10s' });
      const [pair] = found.pairs;
      const { n, r, p_value: p, covariance } = REFERENCE.correlation;
      assert.deepEqual([pair?.n, pair?.strength], [n, 'small']);
      assertAgrees(pair?.r, r, 'r');
      assertAgrees(pair?.p_value, p, 'p-value');
      assertAgrees(pair?.covariance, covariance, 'covariance');
    });

    it('say how many pairs a correlation of that size needs', async () => {
      const [weak] = (await plant.correlation('buoy', { keys: 'sea', other_device_id: 'other', tolerance: '10s' })).pairs;
      assert.deepEqual([weak?.needed_n, weak?.is_sample_enough], [neededPairs(weak?.r ?? 0), true]);
      const [few] = (await plant.correlation('buoy', { keys: 'sea,open', end: plant.iso(8) })).pairs;
      assert.deepEqual([few?.n, few?.is_sample_enough], [8, false]);
    });

    it('find how far one follows the other', async () => {
      const found = await plant.correlation('buoy', { keys: 'sea', other_device_id: 'other', interval: '1m', max_lag: '10m' });
      const [pair] = found.pairs;
      assert.equal(pair?.best_lag?.seconds, 180);
      assertAgrees(pair?.best_lag?.r, 1, 'r');
    });

    it('of what does not change are not defined, and each goes with each', async () => {
      const found = await plant.correlation('buoy', { keys: 'sea,constant,open' });
      const pairs = found.pairs;
      assert.equal(pairs.length, 3);
      assert.equal(pairs[0]?.r, null);
      assert.match(JSON.stringify(pairs[0]?.undefined_because), /All readings of \\"constant\\" of \\"buoy\\" are equal/);
    });
  });

  describe('forecasts', () => {
    it('find the season, and are better than the guess that nothing changes', async () => {
      const found = await plant.forecast('buoy/sea', { horizon: '12' });
      assert.deepEqual([found.model, found.season_seconds, found.interval_seconds], ['holt_winters', 720, 60]);
      assert.equal(found.backtest?.better_than_naive, true);
      const steps = found.steps;
      assert.equal(steps.length, 12);
      assert.equal(steps[0]?.at, plant.iso(sea.length));
      assert.ok(steps.every(({ low, mean, high }) => low < mean && mean < high));
    });

    it('say when a limit is reached', async () => {
      await plant.send(Array.from({ length: 60 }, (_, minute) => plant.reading('silent', minute + 100, { rising: minute })));
      const found = await plant.forecast('silent/rising', { limit: '69', model: 'linear' });
      assert.deepEqual(found.limit, { value: 69, earliest: plant.iso(169), expected: plant.iso(169), latest: plant.iso(169) });
    });

    it('say that there is not enough', async () => {
      const found = await plant.forecast('other/once');
      assert.deepEqual([found.model, found.steps], [null, []]);
      assert.match(JSON.stringify(found.undefined_because), /a forecast takes 3 at least/);
    });
  });
});
