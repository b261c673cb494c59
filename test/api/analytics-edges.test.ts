import assert from 'node:assert/strict';
import { AnalyticsPlant } from './analytics-plant.ts';

const DAY_MINUTES = 24 * 60;
/** No binary number: sums of it are not what multiplying it gives. */
const UNEVEN = [21.3, 0.1, 1e9 + 0.1];

describe('analytics of series that are not as usual', () => {
  let plant: AnalyticsPlant;

  before(async () => {
    plant = await AnalyticsPlant.start();
    for (const day of [...Array.from({ length: 12 }, (_, place) => -5 - place), -50, -51]) await plant.openDay(day);
    const minutes = Array.from({ length: 300 }, (_, minute) => minute);
    await plant.send(
      minutes.map((minute) =>
        plant.reading('silent', minute, {
          ...Object.fromEntries(UNEVEN.map((value, place) => [`flat${String(place)}`, value])),
          ramp: minute,
        }),
      ),
    );
    // Rolled up, so that the source `minutes` has minutes.
    await plant.fixture.rollup.start();
    await plant.fixture.rollup.catchUp();
  });
  after(async () => {
    await plant.fixture.rollup.stop();
    await plant.fixture.stop();
  });

  for (const [place, value] of UNEVEN.entries()) {
    it(`know that ${String(value)} again and again is a constant`, async () => {
      const key = `flat${String(place)}`;
      for (const how of [{}, { source: 'minutes' }, { interval: '5m' }, { interval: '90s' }] as Record<string, string>[]) {
        const said = JSON.stringify(how);
        const trend = await plant.trend(`silent/${key}`, how);
        assert.deepEqual(
          [trend.trend, trend.slope_per_minute, trend.r_squared, trend.stddev, trend.mean],
          ['stable', 0, null, 0, value],
          said,
        );
        assert.match(trend.undefined_because['r_squared'] ?? '', /All readings are equal/);
        const statistics = await plant.statistics(`silent/${key}`, how);
        const { mean, median, stddev, variance, coefficient_of_variation: variation, interquartile_range: middle, range } = statistics;
        assert.deepEqual([mean, median, stddev, variance, variation, middle, range], [value, value, 0, 0, 0, 0, 0], said);
        const { source: _source, ...step } = how;
        const { items } = await plant.timeSeries(`silent/${key}`, { ...step, min_value: String(value) });
        assert.ok(items.length > 0, said);
        for (const item of items) assert.deepEqual([item.value, item.rate_per_minute ?? 0], [value, 0], said);
      }
      for (const how of [{ interval: '1m' }, { interval: '5m', max_lag: '10m' }, { tolerance: '5s' }]) {
        const [pair] = (await plant.correlation('silent', { keys: `${key},ramp`, ...how })).pairs;
        assert.deepEqual([pair?.r, pair?.covariance, pair?.strength, pair?.best_lag], [null, 0, null, null], JSON.stringify(how));
        assert.match(pair?.undefined_because['r'] ?? '', new RegExp(`"${key}" of "silent" are equal`));
      }
      const forecast = await plant.forecast(`silent/${key}`, { interval: '5m', horizon: '1', model: 'linear' });
      assert.deepEqual([forecast.steps[0]?.mean, forecast.r_squared], [value, null]);
    });
  }

  it('look back from the newest reading, however long it has been silent since', async () => {
    const rising = Array.from({ length: 2 * DAY_MINUTES }, (_, minute) =>
      plant.reading('other', minute - 4 * DAY_MINUTES, { rising: minute * 0.05 + (minute % 7) }),
    );
    await plant.send(rising);
    // Its newest reading is two days before the end of the period: 2,880 empty minutes.
    const period = { start: plant.iso(-4 * DAY_MINUTES), end: plant.iso(0), interval: '1m' };
    const trend = await plant.trend('other/rising', period);
    assert.equal(trend.trend, 'increasing');
    assert.ok((trend.effective_count ?? 0) > 100, String(trend.effective_count));
    const forecast = await plant.forecast('other/rising', { ...period, model: 'linear', horizon: '3' });
    assert.deepEqual([forecast.count, forecast.steps.length], [2_000, 3]);
    // One reading an hour: those of the newest 2,000 minutes are looked at, and the line between them.
    await plant.send(Array.from({ length: 200 }, (_, hour) => plant.reading('other', (hour - 300) * 60, { hourly: hour })));
    const hourly = await plant.forecast('other/hourly', { ...period, start: plant.iso(-300 * 60), model: 'linear' });
    assert.deepEqual([hourly.count, hourly.fitted_steps, hourly.filled_steps], [34, 1_981, 1_947]);
  });

  it('count as independent no more readings than there are, and one that is missing as one', async () => {
    const noisy = (minute: number): number => minute * 0.01 + ((minute * 7_919) % 101) / 10;
    const minutes = Array.from({ length: 4_000 }, (_, minute) => minute);
    const sent = (key: string, of: readonly number[]) =>
      of.map((minute) => plant.reading('other', minute - 5_000, { [key]: noisy(minute) }));
    await plant.send(sent('whole', minutes));
    await plant.send(sent('lacking', minutes.toSpliced(3_000, 1)));
    const period = { start: plant.iso(-5_000), end: plant.iso(-1_000), interval: '1m' };
    const [whole, lacking] = [await plant.trend('other/whole', period), await plant.trend('other/lacking', period)];
    const counts = [whole, lacking].map(({ effective_count: count }) => count ?? 0);
    assert.ok(Math.abs((counts[0] ?? 0) / (counts[1] ?? 1) - 1) < 0.02, String(counts));

    const first = Array.from({ length: 700 }, (_, minute) => plant.reading('other', minute - 5_000, { hasty: noisy(minute) }));
    const then = Array.from({ length: 1_500 }, (_, second) => plant.reading('other', -4_300 + second / 60, { hasty: noisy(second) }));
    await plant.send([...first, ...then]);
    const hasty = await plant.trend('other/hasty', { start: plant.iso(-5_000), end: plant.iso(-1_000) });
    assert.equal(hasty.count, 2_200);
    assert.ok((hasty.effective_count ?? Infinity) <= 2_200, String(hasty.effective_count));
  });

  it('say what a model takes rather than answer with another', async () => {
    const few = { start: plant.iso(0), end: plant.iso(5), model: 'holt_winters' };
    const forecast = await plant.forecast('buoy/sea', few);
    assert.deepEqual([forecast.model, forecast.steps], [null, []]);
    assert.match(forecast.undefined_because['steps'] ?? '', /has 5 readings or steps; Holt-Winters takes 10 at least/);
    assert.equal((await plant.forecast('buoy/sea', { ...few, model: 'auto' })).model, 'linear');
  });

  it('have reached a limit at which they are', async () => {
    const forecast = await plant.forecast('silent/ramp', { limit: '299', model: 'linear' });
    const now = plant.iso(299);
    assert.deepEqual(forecast.limit, { value: 299, earliest: now, expected: now, latest: now });
  });

  it('find the best lag of what can be compared at all', async () => {
    const huge = (minute: number) =>
      plant.reading('buoy', minute + 700, { huge: minute === 3 ? 1e200 : (minute * 31) % 17, usual: minute });
    await plant.send(Array.from({ length: 40 }, (_, minute) => huge(minute)));
    const period = { start: plant.iso(700), end: plant.iso(740), interval: '1m', max_lag: '10m' };
    const [pair] = (await plant.correlation('buoy', { keys: 'huge,usual', ...period })).pairs;
    assert.equal(pair?.r, null);
    assert.ok(pair.best_lag === null || Number.isFinite(pair.best_lag.r));
    // Products of their squares are more than a number holds.
    const vast = (minute: number) => plant.reading('buoy', minute + 760, { vast: minute * 1e100, wide: minute * -1e100 });
    await plant.send(Array.from({ length: 40 }, (_, minute) => vast(minute)));
    const [opposite] = (await plant.correlation('buoy', { keys: 'vast,wide', start: plant.iso(760), end: plant.iso(800), interval: '1m' }))
      .pairs;
    assert.ok(Math.abs((opposite?.r ?? 0) + 1) < 1e-9, String(opposite?.r));
  });

  it('refuse to look through millions of readings for a few values', async () => {
    await plant.send([plant.reading('other', -50 * DAY_MINUTES, { fast: 1 })]);
    await plant.send(Array.from({ length: 1_100 }, (_, second) => plant.reading('other', second / 60, { fast: second })));
    const period = { start: plant.iso(-51 * DAY_MINUTES), end: plant.iso(60) };
    assert.equal((await plant.timeSeries('other/fast', period)).items.length > 0, true);
    await plant.refused(
      'timeseries/other/fast',
      { ...period, min_value: '1e9' },
      /about 4,3.* readings; one analysis reads 3,000,000 at most/,
    );
  });
});
