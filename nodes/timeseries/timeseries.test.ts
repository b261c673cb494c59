import assert from 'node:assert/strict';
import { AnalysisPlant } from '../../test/nodes/support/analysis-flow.ts';
import { timeSeriesSchema } from '../../src/contracts/analytics.ts';
import { readConfig } from '../shared/node-config.ts';
import { timeseriesConfig } from './timeseries.config.ts';

describe('iiot-timeseries', () => {
  let plant: AnalysisPlant;

  before(async () => (plant = await AnalysisPlant.start()));
  afterEach(() => plant.end());
  after(() => plant.platform.stop());

  const ONE = { deviceId: 'pump-01', key: 'temperature' };

  it('sends readings with moving average and rate', async () => {
    await plant.run('iiot-timeseries', { ...ONE, points: '3' });
    const { items, moving_average_over: over, next_cursor: next } = timeSeriesSchema.parse((await plant.answered({})).payload);
    assert.deepEqual([items.length, over, next], [60, '3 readings', null]);
    assert.deepEqual(items[10], { at: plant.iso(10), value: 10, moving_average: 9, rate_per_minute: 1, after_gap: false });
  });

  it('goes on where a page ended, with the cursor of the answer', async () => {
    await plant.run('iiot-timeseries', { ...ONE, limit: '25' });
    const values: number[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const message = await plant.answered({ analysis: { start: plant.iso(0), end: plant.iso(60), ...(cursor === '' ? {} : { cursor }) } });
      const page = timeSeriesSchema.parse(message.payload);
      values.push(...page.items.map(({ value }) => value));
      cursor = page.next_cursor ?? undefined;
    }
    assert.deepEqual(values, [...Array(60).keys()]);
    await plant.refused({ analysis: { cursor: 'nonsense' } }, /"cursor" is not one that a time series gave/);
  });

  it('filters values, and lets the message choose another average', async () => {
    await plant.run('iiot-timeseries', { ...ONE, points: '3', minValue: '10', maxValue: '19' });
    const found = timeSeriesSchema.parse((await plant.answered({ analysis: { window: '2m' } })).payload);
    assert.deepEqual([found.items.length, found.moving_average_over, found.items[2]?.moving_average], [10, '120 s', 11]);
    await plant.refused({ analysis: { window: '2m', points: 3 } }, /Send "points" or "window", not both/);
    await plant.refused({ analysis: { min_value: 20 } }, /"max_value" 19 is below "min_value" 20/);
  });

  it('has a form that refuses two averages, a range the wrong way round, and parts of readings', () => {
    for (const [fields, field] of [
      [{ points: '5', window: '5m' }, 'window'],
      [{ minValue: '5', maxValue: '4' }, 'maxValue'],
      [{ limit: '5001' }, 'limit'],
      [{ limit: '2.5' }, 'limit'],
      [{ points: '2.5' }, 'points'],
    ] as const) {
      const read = readConfig(timeseriesConfig, { ...timeseriesConfig.defaults, ...fields });
      assert.deepEqual(read.ok ? [] : read.problems.map((problem) => problem.field), [field]);
    }
    const read = readConfig(timeseriesConfig, { ...timeseriesConfig.defaults, points: '2.5' });
    assert.match(
      read.ok ? '' : (read.problems[0]?.message ?? ''),
      /^The number of readings 2\.5 is not a whole number; enter one from 1 to 1000\.$/,
    );
  });
});
