import assert from 'node:assert/strict';
import { AnalysisPlant } from '../../test/nodes/support/analysis-flow.ts';
import { until } from '../../test/nodes/support/until.ts';
import { forecastSchema } from '../../src/contracts/analytics.ts';
import { readConfig } from '../shared/node-config.ts';
import { forecastConfig } from './forecast.config.ts';

describe('iiot-forecast', () => {
  let plant: AnalysisPlant;

  before(async () => (plant = await AnalysisPlant.start()));
  afterEach(() => plant.end());
  after(() => plant.platform.stop());

  const ONE = { deviceId: 'pump-01', key: 'temperature' };

  it('says what is expected, and when a limit is reached', async () => {
    await plant.run('iiot-forecast', { ...ONE, model: 'linear', horizon: '5', limit: '69' });
    const found = forecastSchema.parse((await plant.answered({})).payload);
    assert.deepEqual([found.model, found.steps.length, found.steps[0]?.at, found.limit?.value], ['linear', 5, plant.iso(60), 69]);
    // Rounding decides whether 69 itself is reached at the step or behind it.
    assert.ok(found.limit?.expected === plant.iso(69) || found.limit?.expected === plant.iso(70), found.limit?.expected ?? 'never');
    await until(() => plant.flow.status('analysis')?.text === 'then 64', 'the last step under the node');
  });

  it('takes the horizon of the message, from 1 to 100', async () => {
    await plant.run('iiot-forecast', ONE);
    assert.equal(forecastSchema.parse((await plant.answered({})).payload).steps.length, 10);
    assert.equal(forecastSchema.parse((await plant.answered({ analysis: { horizon: 100 } })).payload).steps.length, 100);
    await plant.refused({ analysis: { horizon: 0 } }, /"horizon" is "0"\. Send a whole number from 1 to 100/);
    await plant.refused({ analysis: { horizon: 1000 } }, /"horizon" is "1000"\. Send a whole number from 1 to 100/);
  });

  it('takes the better model where a stored node lacks it', () => {
    const read = readConfig(forecastConfig, { key: 'level', model: undefined });
    assert.equal(read.ok ? read.config.model : read.problems[0]?.message, 'auto');
  });

  it('has a form that refuses what cannot be foretold', () => {
    for (const [fields, field] of [
      [{ horizon: '0' }, 'horizon'],
      [{ horizon: '101' }, 'horizon'],
      [{ horizon: '2.5' }, 'horizon'],
      [{ confidence: '99.9' }, 'confidence'],
      [{ model: 'guess' }, 'model'],
      [{ season: 'summer' }, 'season'],
      [{ limit: 'high' }, 'limit'],
    ] as const) {
      const read = readConfig(forecastConfig, { ...forecastConfig.defaults, ...fields });
      assert.deepEqual(read.ok ? [] : read.problems.map((problem) => problem.field), [field]);
    }
  });
});
