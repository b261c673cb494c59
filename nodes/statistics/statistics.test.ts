import assert from 'node:assert/strict';
import { AnalysisPlant } from '../../test/nodes/support/analysis-flow.ts';
import { until } from '../../test/nodes/support/until.ts';
import { statisticsSchema } from '../../src/contracts/analytics.ts';
import { readConfig } from '../shared/node-config.ts';
import { statisticsConfig } from './statistics.config.ts';

describe('iiot-statistics', () => {
  let plant: AnalysisPlant;

  before(async () => (plant = await AnalysisPlant.start()));
  afterEach(() => plant.end());
  after(() => plant.platform.stop());

  const ONE = { deviceId: 'pump-01', key: 'temperature' };

  it('answers any message with the figures that the API documents, and shows one', async () => {
    await plant.run('iiot-statistics', { ...ONE, percentiles: '5, 90' });
    const answer = await plant.answered({ payload: 1_700_000_000_000, other: 'stays' });
    const figures = statisticsSchema.parse(answer.payload);
    assert.deepEqual([figures.count, figures.mean, figures.min, figures.max, figures.percentiles['90']], [60, 29.5, 0, 59, 53.1]);
    assert.deepEqual(Object.keys(figures.percentiles), ['5', '25', '50', '75', '90', '95']);
    assert.equal(answer.topic, 'pump-01/temperature');
    assert.equal((answer as { other?: string }).other, 'stays');
    await until(() => plant.flow.status('analysis')?.text === 'mean 29.5', 'the figure under the node');
  });

  it('is asked by msg.analysis, by an object in the payload, and answers what a next node asks', async () => {
    await plant.run('iiot-statistics', { key: 'temperature' });
    const asked = await plant.answered({
      analysis: { device_id: 'pump-02', key: 'pressure', start: plant.iso(0), end: plant.iso(10), percentiles: [1, 2] },
    });
    const figures = statisticsSchema.parse(asked.payload);
    assert.deepEqual([figures.device_id, figures.key, figures.count], ['pump-02', 'pressure', 10]);
    assert.deepEqual(Object.keys(figures.percentiles), ['1', '2', '25', '50', '75', '95']);
    assert.deepEqual(asked.analysis, { device_id: 'pump-02', key: 'pressure', start: plant.iso(0), end: plant.iso(10) });
    assert.equal(statisticsSchema.parse((await plant.answered(asked)).payload).count, 10, 'the payload that is an answer asks nothing');
    const byPayload = statisticsSchema.parse(
      (await plant.answered({ payload: { device_id: 'pump-01', period: '1d', interval: '10m' } })).payload,
    );
    assert.deepEqual([byPayload.device_id, byPayload.interval_seconds], ['pump-01', 600]);
    const ofMessage = statisticsSchema.parse((await plant.answered({ device: { device_id: 'pump-02' } })).payload);
    assert.equal(ofMessage.device_id, 'pump-02');
  });

  it('refuses what is wrong in a question, and says what', async () => {
    await plant.run('iiot-statistics', {});
    await plant.refused({}, /No device is named: enter one in the node/);
    await plant.refused({ analysis: { device_id: 'pump-01' } }, /No quantity is named/);
    await plant.refused({ analysis: { ...asked(), horizon: 5 } }, /horizon/);
    await plant.refused({ analysis: { ...asked(), percentiles: [101] } }, /"percentiles" is "101"\. Send numbers between 0 and 100/);
    await plant.refused({ analysis: { ...asked(), period: 'long' } }, /"period" is "long"\. Send a number with its unit/);
    await plant.refused({ analysis: { ...asked(), start: 'today' } }, /"start" is "today"\. Send ISO 8601 with a zone/);
    await plant.refused({ analysis: { ...asked(), percentiles: { a: 1 } } }, /neither a text nor a number/);
    await plant.refused({ analysis: [1] }, /msg.analysis is not an object/);
    await plant.refused(
      { analysis: { ...asked(), key: 'nothing' } },
      /has no quantity "nothing". It has "mode", "pressure", "temperature"/,
    );
    await plant.refused({ analysis: { ...asked(), key: 'mode' } }, /has texts, which have no figures/);
    await plant.refused({ analysis: { ...asked(), device_id: 'pump-99' } }, /There is no device "pump-99"/);
    await plant.refused({ ack_id: 'a-1', payload: {} }, /not stored; wire this node behind an ingest node/);
    await until(() => plant.flow.status('analysis')?.text === 'no answer', 'the red ring');
    assert.equal(statisticsSchema.parse((await plant.answered({ analysis: asked() })).payload).count, 60, 'and goes on');
  });

  const asked = () => ({ device_id: 'pump-01', key: 'temperature' });

  it('looks at each series of live telemetry once in a pause, while every message is stored and acknowledged', async () => {
    await plant.run('iiot-statistics', { throttleSeconds: 3_600 });
    for (let burst = 0; burst < 20; burst += 1) {
      // The settlement is awaited: what the analysis does holds nothing up.
      await Promise.all(['pump-01', 'pump-02'].map((id) => plant.submit(id, 60 + burst, { temperature: 100, mode: 'auto', extra: burst })));
    }
    await plant.flow.arrived('answers', 4);
    const topics = plant.flow.messages('answers').map(({ topic }) => topic);
    assert.deepEqual(topics.sort(), ['pump-01/extra', 'pump-01/temperature', 'pump-02/extra', 'pump-02/temperature'], 'texts have none');
    plant.platform.advance(3_600_000);
    await plant.submit('pump-01', 90, { temperature: 100 });
    await plant.flow.arrived('answers', 5);
  });

  it('listens to its own device and quantity alone', async () => {
    await plant.run('iiot-statistics', { ...ONE, throttleSeconds: 1 });
    await plant.submit('pump-02', 100, { temperature: 5 });
    await plant.submit('pump-01', 100, { pressure: 5 });
    await plant.submit('pump-01', 101, { temperature: 5, pressure: 5 });
    const [first] = await plant.flow.arrived('answers', 1);
    assert.equal(first?.topic, 'pump-01/temperature');
    assert.equal(plant.flow.messages('answers').length, 1);
  });

  it('reports what live telemetry could not be answered, and loses no message for it', async () => {
    await plant.run('iiot-statistics', { key: 'temperature' });
    await plant.platform.query(`alter function statistics_of_series rename to statistics_away`);
    try {
      await plant.submit('pump-01', 110, { temperature: 5 });
      await until(() => plant.flow.errorsOf('analysis').length === 1, 'the report');
      assert.equal(plant.flow.messages('answers').length, 0);
    } finally {
      await plant.platform.query(`alter function statistics_away rename to statistics_of_series`);
    }
  });

  it('answers 100 questions that wait, refuses more, and ends while some wait', async () => {
    await plant.run('iiot-statistics', ONE);
    for (let place = 0; place < 120; place += 1) plant.flow.send('analysis', { payload: place });
    await until(() => plant.flow.errorsOf('analysis').length > 0, 'the refusal');
    assert.match(String((plant.flow.errorsOf('analysis')[0] as Error).message), /100 questions wait already/);
    await plant.flow.arrived('answers', 100);
    for (let place = 0; place < 50; place += 1) plant.flow.send('analysis', { payload: place });
  });
});

describe('the form of iiot-statistics', () => {
  it('names the field that is wrong, the value and the remedy', () => {
    const problem = (fields: object) => {
      const read = readConfig(statisticsConfig, { ...statisticsConfig.defaults, ...fields });
      return read.ok ? undefined : read.problems.map(({ field, message }) => `${field}: ${message}`)[0];
    };
    assert.equal(problem({}), undefined);
    assert.equal(problem({ period: '', throttleSeconds: '' }), undefined, 'blank: 24 hours, once a minute');
    assert.match(problem({ period: '1ms' }) ?? '', /^period: The period "1ms" is not a time from one second to 366 days/);
    assert.match(problem({ interval: '0' }) ?? '', /^interval: The interval "0" is not a time/);
    assert.match(problem({ throttleSeconds: '0' }) ?? '', /^throttleSeconds: The pause 0 is too small/);
    assert.match(problem({ percentiles: '5, 101' }) ?? '', /^percentiles: "101" is no percentile/);
  });
});
