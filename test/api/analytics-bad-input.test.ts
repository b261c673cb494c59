import assert from 'node:assert/strict';
import { REQUEST_LIMITS } from '../../src/api/middleware/request-limits.ts';
import { AnalyticsPlant } from './analytics-plant.ts';
import { Client } from './support.ts';

const ONE_SERIES = ['statistics', 'trends', 'timeseries', 'forecast'];

describe('analytics that are asked something bad', () => {
  let plant: AnalyticsPlant;

  before(async () => (plant = await AnalyticsPlant.start()));
  after(() => plant.fixture.stop());

  it('know no device that is not there', async () => {
    for (const analysis of ONE_SERIES) await plant.refused(`${analysis}/nowhere/sea`, {}, /There is no device \\"nowhere\\"/, 404);
    await plant.refused('correlation/nowhere', { keys: 'sea,constant' }, /There is no device \\"nowhere\\"/, 404);
    await plant.refused('correlation/buoy', { keys: 'sea', other_device_id: 'nowhere' }, /There is no device \\"nowhere\\"/, 404);
  });

  it('name the quantities there are in place of one that is not', async () => {
    const told = /has no quantity \\"nothing\\". It has \\"constant\\", \\"mode\\"/;
    for (const analysis of ONE_SERIES) await plant.refused(`${analysis}/buoy/nothing`, {}, told, 404);
    await plant.refused('correlation/buoy', { keys: 'sea,nothing' }, told, 404);
  });

  it('refuse an empty or reversed period, and one of ten years', async () => {
    for (const path of [...ONE_SERIES.map((analysis) => `${analysis}/buoy/sea`), 'correlation/buoy']) {
      const keys: Record<string, string> = path === 'correlation/buoy' ? { keys: 'sea,open' } : {};
      await plant.refused(path, { ...keys, start: plant.iso(5), end: plant.iso(5) }, /is not after/);
      await plant.refused(path, { ...keys, start: plant.iso(5), end: plant.iso(4) }, /Exchange them/);
      await plant.refused(
        path,
        { ...keys, start: '2016-01-31T00:00:00Z' },
        /days; one analysis looks at 400 at most. Send a later \\"start\\"/,
      );
      await plant.refused(path, { ...keys, start: 'yesterday' }, /Send ISO 8601 with a zone/);
    }
  });

  it('refuse texts, and take truth values for 0 and 1', async () => {
    for (const analysis of ONE_SERIES) await plant.refused(`${analysis}/buoy/mode`, {}, /has texts, which have no figures/);
    await plant.refused('correlation/buoy', { keys: 'sea,mode' }, /has texts, which have no figures/);
    const { mean, min, max, unit } = await plant.statistics('buoy/open');
    assert.deepEqual([mean, min, max, unit], [0.5, 0, 1, null]);
    assert.equal((await plant.trend('buoy/open')).trend, 'stable');
  });

  it('refuse an interval of a millisecond, of nothing and of years', async () => {
    for (const path of [...ONE_SERIES.map((analysis) => `${analysis}/buoy/sea`), 'correlation/buoy']) {
      for (const interval of ['1ms', '0.001', '0', '-5m', '9999d', ''])
        await plant.refused(
          path,
          { ...(path === 'correlation/buoy' ? { keys: 'sea,open' } : {}), interval },
          /from one second to 366 days/,
        );
    }
  });

  it('refuse so many buckets that nobody could look at them', async () => {
    const long = { start: new Date(Date.parse(plant.iso(0)) - 30 * 86_400_000).toISOString(), interval: '1s' };
    for (const analysis of ['statistics', 'trends', 'timeseries'])
      await plant.refused(`${analysis}/buoy/sea`, long, /buckets of 1 s; at most 100,000 are computed/);
    await plant.refused(
      'correlation/buoy',
      { keys: 'sea,open', max_lag: '100m', interval: '1m', start: long.start },
      /pairs of buckets would be compared/,
    );
  });

  it('refuse a horizon that is not from 1 to 100, and a confidence that is not from 50 to 99', async () => {
    for (const horizon of ['0', '101', '1000', '-1', '2.5', 'many', ''])
      await plant.refused('forecast/buoy/sea', { horizon }, /from 1 to 100/);
    for (const confidence of ['49', '100', 'NaN']) await plant.refused('forecast/buoy/sea', { confidence }, /from 50 to 99/);
    for (const horizon of ['1', '100']) assert.equal((await plant.forecast('buoy/sea', { horizon })).steps.length, Number(horizon));
  });

  it('refuse other options that make no sense, and say what would', async () => {
    await plant.refused('statistics/buoy/sea', { percentiles: '101' }, /between 0 and 100/);
    await plant.refused('statistics/buoy/sea', { percentiles: '5,,x' }, /between 0 and 100/);
    await plant.refused('statistics/buoy/sea', { interval: '90s', source: 'minutes' }, /must be whole minutes/);
    await plant.refused('trends/buoy/sea', { threshold: '-1' }, /from 0 on/);
    await plant.refused('timeseries/buoy/sea', { points: '5', window: '5m' }, /not both/);
    await plant.refused('timeseries/buoy/sea', { points: '0' }, /from 1 to 1000/);
    await plant.refused('timeseries/buoy/sea', { window: '100d' }, /1,000 at most make one average/);
    await plant.refused('timeseries/buoy/sea', { min_value: '5', max_value: '4' }, /no reading is between them/);
    await plant.refused('timeseries/buoy/sea', { cursor: 'nonsense' }, /cursor/);
    await plant.refused('forecast/buoy/sea', { season: '30d' }, /be seen twice/);
    await plant.refused('forecast/buoy/sea', { model: 'crystal_ball' }, /holt_winters/);
    await plant.refused('correlation/buoy', { keys: 'sea' }, /Name two quantities/);
    await plant.refused('correlation/buoy', { keys: 'sea,sea' }, /Name two quantities/);
    await plant.refused('correlation/buoy', { keys: 'sea,constant', tolerance: '5s', max_lag: '1m' }, /needs buckets/);
    await plant.refused('correlation/buoy', { keys: 'sea,constant', tolerance: '5s', interval: '1m' }, /not both/);
    await plant.refused('correlation/buoy', { keys: 'sea', other_device_id: 'buoy' }, /is the first device already/);
    await plant.refused('correlation/buoy', { keys: 'a,b,c,d,e,f,g' }, /at most 6/);
  });

  it('answer honestly where there is nothing, one reading, or always the same', async () => {
    const nothing = { start: plant.iso(5_000), end: plant.iso(5_001) };
    assert.deepEqual((await plant.timeSeries('buoy/sea', nothing)).items, []);
    const trend = await plant.trend('buoy/sea', nothing);
    assert.deepEqual([trend.count, trend.trend, trend.slope_per_minute, trend.mean], [0, null, null, null]);
    assert.match(trend.undefined_because['trend'] ?? '', /no reading in the period/);
    assert.match((await plant.forecast('buoy/sea', nothing)).undefined_because['steps'] ?? '', /takes 3 at least/);
    const [pair] = (await plant.correlation('buoy', { keys: 'sea,open', ...nothing })).pairs;
    assert.deepEqual([pair?.n, pair?.r, pair?.strength, pair?.is_sample_enough], [0, null, null, null]);
    assert.match(pair?.undefined_because['r'] ?? '', /There are 0 pairs; it takes three/);

    const one = await plant.trend('other/once');
    assert.deepEqual([one.count, one.trend, one.mean, one.stddev], [1, null, 5, null]);
    assert.match(one.undefined_because['trend'] ?? '', /one reading in the period; it takes two/);
    const two = await plant.trend('other/zero');
    assert.deepEqual([two.trend, two.slope_per_minute, two.p_value, two.adjusted_p_value], ['stable', -2, null, null]);
    assert.deepEqual((await plant.timeSeries('other/once')).items[0]?.rate_per_minute, null);

    const constant = await plant.statistics('buoy/constant');
    assert.deepEqual([constant.stddev, constant.coefficient_of_variation, constant.interquartile_range], [0, 0, 0]);
    const flat = await plant.forecast('buoy/constant', { horizon: '2', limit: '9' });
    assert.deepEqual(
      [flat.steps.map(({ mean, low, high }) => [mean, low, high]), flat.r_squared, flat.limit?.expected],
      [
        [
          [7, 7, 7],
          [7, 7, 7],
        ],
        null,
        null,
      ],
    );
    assert.match(flat.undefined_because['r_squared'] ?? '', /All readings are equal/);
  });

  it('never answer NaN or an error for values whose squares are too large', async () => {
    const huge = (minute: number) => plant.reading('silent', minute + 600, { huge: minute % 2 === 0 ? 1e308 : -1e308, usual: minute });
    await plant.send(Array.from({ length: 40 }, (_, minute) => huge(minute)));
    const period = { start: plant.iso(600), end: plant.iso(700) };
    const statistics = await plant.statistics('silent/huge', period);
    assert.deepEqual(
      [statistics.count, statistics.mean, statistics.stddev, statistics.max, statistics.range],
      [40, null, null, 1e308, null],
    );
    assert.match(statistics.undefined_because['mean'] ?? '', /beyond 1e140/);
    for (const interval of ['1m', '90s']) {
      assert.equal((await plant.statistics('silent/huge', { ...period, interval })).mean, null);
      assert.equal((await plant.trend('silent/huge', { ...period, interval })).trend, null);
      assert.deepEqual((await plant.timeSeries('silent/huge', { ...period, interval })).items, []);
      assert.deepEqual((await plant.forecast('silent/huge', { ...period, interval })).steps, []);
    }
    const trend = await plant.trend('silent/huge', period);
    assert.deepEqual([trend.trend, trend.slope_per_minute, trend.max], [null, null, 1e308]);
    const { items } = await plant.timeSeries('silent/huge', period);
    assert.deepEqual([items.length, items[1]?.value, items[1]?.moving_average, items[1]?.rate_per_minute], [40, -1e308, null, null]);
    const forecast = await plant.forecast('silent/huge', period);
    assert.deepEqual([forecast.steps, forecast.rmse], [[], null]);
    assert.match(forecast.undefined_because['steps'] ?? '', /beyond 1e140/);
    for (const how of [{ interval: '1m' }, { tolerance: '5s' }]) {
      const [pair] = (await plant.correlation('silent', { keys: 'huge,usual', ...period, ...how })).pairs;
      assert.deepEqual([pair?.r, pair?.covariance, pair?.p_value], [null, null, null]);
    }
  });

  it('show nothing to who may not read telemetry, and nothing of another tenant', async () => {
    const { fixture } = plant;
    await fixture.sql(`insert into tenants (tenant_id, name) values ('elsewhere', 'elsewhere')`);
    await fixture.addUser('stranger', 'admin', { tenantId: 'elsewhere' });
    await fixture.addUser('onlooker', 'viewer');
    await fixture.sql(
      `insert into roles (role_id, tenant_id, name, permissions) values (gen_random_uuid(), 'default', 'may nothing', '{}')`,
    );
    await fixture.addUser('nobody', 'may nothing');
    const [stranger, viewer, nobody] = await Promise.all(['stranger', 'onlooker', 'nobody'].map((name) => Client.login(fixture, name)));
    for (const path of [...ONE_SERIES.map((analysis) => `${analysis}/buoy/sea`), 'correlation/buoy']) {
      const query: Record<string, string> = path === 'correlation/buoy' ? { keys: 'sea,open' } : {};
      assert.equal((await plant.ask(path, query, viewer)).status, 200);
      assert.equal((await plant.ask(path, query, nobody)).status, 403);
      assert.equal((await plant.ask(path, query, stranger)).status, 404);
    }
  });
});

describe('the limit of analytics', () => {
  it('is 30 requests a minute, of all analyses together, and says when to come again', async () => {
    const plant = await AnalyticsPlant.start({ requestLimits: REQUEST_LIMITS });
    try {
      for (let place = 0; place < 30; place += 1)
        assert.equal((await plant.ask(place % 2 === 0 ? 'statistics/buoy/sea' : 'trends/buoy/sea')).status, 200, String(place));
      const refused = await plant.ask('forecast/buoy/sea');
      assert.equal(refused.status, 429);
      assert.ok(Number(refused.headers.get('retry-after')) > 0);
      assert.equal((await plant.admin.get('/telemetry/latest?device_id=buoy')).status, 200, 'telemetry is another limit');
    } finally {
      await plant.fixture.stop();
    }
  });
});
