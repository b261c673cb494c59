import assert from 'node:assert/strict';
import { AnalysisPlant } from '../../test/nodes/support/analysis-flow.ts';
import { until } from '../../test/nodes/support/until.ts';
import { trendSchema } from '../../src/contracts/analytics.ts';
import { readConfig } from '../shared/node-config.ts';
import { trendConfig } from './trend.config.ts';

describe('iiot-trend', () => {
  let plant: AnalysisPlant;

  before(async () => (plant = await AnalysisPlant.start()));
  afterEach(() => plant.end());
  after(() => plant.platform.stop());

  it('says where a quantity goes, in the payload and under the node', async () => {
    await plant.run('iiot-trend', { deviceId: 'pump-01', key: 'temperature' });
    const found = trendSchema.parse((await plant.answered({})).payload);
    assert.deepEqual([found.trend, found.threshold_per_minute, found.count], ['increasing', 0.01, 60]);
    assert.ok(Math.abs((found.slope_per_minute ?? 0) - 1) < 1e-9);
    await until(() => plant.flow.status('analysis')?.text === 'increasing', 'the word under the node');
  });

  it('takes the threshold of the message before its own', async () => {
    await plant.run('iiot-trend', { deviceId: 'pump-01', key: 'temperature', threshold: '0.5', interval: '5m' });
    const own = trendSchema.parse((await plant.answered({})).payload);
    assert.deepEqual([own.trend, own.threshold_per_minute, own.interval_seconds], ['increasing', 0.5, 300]);
    assert.equal(trendSchema.parse((await plant.answered({ analysis: { threshold: 5 } })).payload).trend, 'stable');
    await plant.refused({ analysis: { threshold: -1 } }, /"threshold" is "-1"\. Send a slope per minute from 0 on/);
  });

  it('says that there is not enough', async () => {
    await plant.run('iiot-trend', { deviceId: 'pump-01', key: 'temperature' });
    const none = trendSchema.parse(
      (await plant.answered({ analysis: { start: '2020-01-01T00:00:00Z', end: '2020-01-02T00:00:00Z' } })).payload,
    );
    assert.deepEqual([none.count, none.trend], [0, null]);
    await until(() => plant.flow.status('analysis')?.text === 'not enough data', 'what stands under the node');
  });

  it('has a form that takes no threshold below 0', () => {
    const read = readConfig(trendConfig, { ...trendConfig.defaults, threshold: '-1' });
    assert.deepEqual(read.ok ? [] : read.problems.map(({ field }) => field), ['threshold']);
  });
});
