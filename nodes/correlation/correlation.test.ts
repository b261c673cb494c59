import assert from 'node:assert/strict';
import { AnalysisPlant } from '../../test/nodes/support/analysis-flow.ts';
import { until } from '../../test/nodes/support/until.ts';
import { correlationSchema } from '../../src/contracts/analytics.ts';
import { readConfig } from '../shared/node-config.ts';
import { correlationConfig } from './correlation.config.ts';

describe('iiot-correlation', () => {
  let plant: AnalysisPlant;

  before(async () => (plant = await AnalysisPlant.start()));
  afterEach(() => plant.end());
  after(() => plant.platform.stop());

  it('says how quantities of one device go together', async () => {
    await plant.run('iiot-correlation', { deviceId: 'pump-01', keys: 'temperature, pressure' });
    const message = await plant.answered({ analysis: { key: 'of the node before' } });
    const { pairs, paired_by: by } = correlationSchema.parse(message.payload);
    assert.deepEqual([pairs.length, by, pairs[0]?.n, pairs[0]?.strength], [1, 'bucket', 60, 'large']);
    assert.equal(message.topic, 'pump-01');
    await until(() => plant.flow.status('analysis')?.text?.startsWith('r = 0.99') === true, 'r under the node');
  });

  it('compares two devices, by nearest readings where the message wants that', async () => {
    await plant.run('iiot-correlation', { deviceId: 'pump-01', keys: 'temperature', otherDeviceId: 'pump-02', interval: '1m' });
    const { pairs, tolerance_seconds: tolerance } = correlationSchema.parse(
      (await plant.answered({ analysis: { tolerance: '5s' } })).payload,
    );
    assert.deepEqual([pairs[0]?.second.device_id, pairs[0]?.n, tolerance], ['pump-02', 60, 5]);
    await plant.refused({ analysis: { other_device_id: 'pump-01' } }, /is the first device already/);
    await plant.refused({ analysis: { tolerance: '5s', max_lag: '1m' } }, /needs buckets/);
  });

  it('is asked once by live telemetry with any of its quantities', async () => {
    await plant.run('iiot-correlation', { keys: 'temperature,pressure', throttleSeconds: 3_600 });
    await plant.submit('pump-02', 61, { mode: 'auto' });
    for (let minute = 62; minute < 70; minute += 1) await plant.submit('pump-02', minute, { temperature: minute, pressure: minute });
    const [first] = await plant.flow.arrived('answers', 1);
    assert.equal(first?.topic, 'pump-02');
    assert.equal(plant.flow.messages('answers').length, 1);
  });

  it('has a form that refuses what cannot be compared', () => {
    for (const [fields, field] of [
      [{ keys: '' }, 'keys'],
      [{ keys: 'a' }, 'keys'],
      [{ keys: 'a,b,c,d,e,f,g' }, 'keys'],
      [{ keys: 'a,b', interval: '1m', tolerance: '1s' }, 'tolerance'],
      [{ keys: 'a,b', maxLag: '1m', tolerance: '1s' }, 'maxLag'],
      [{ keys: 'a,b', otherKeys: 'c' }, 'otherKeys'],
      [{ keys: 'a,b', deviceId: 'x', otherDeviceId: 'x' }, 'otherDeviceId'],
    ] as const) {
      const read = readConfig(correlationConfig, { ...correlationConfig.defaults, ...fields });
      assert.deepEqual(read.ok ? [] : read.problems.map((problem) => problem.field), [field]);
    }
  });
});
