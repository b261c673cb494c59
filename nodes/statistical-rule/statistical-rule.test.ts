import assert from 'node:assert/strict';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';
import type { RuleTransition } from '../../src/contracts/rules.ts';
import { statisticalRuleConfig } from './statistical-rule.config.ts';
import { summaryOf } from './summary.ts';

const FIELDS = {
  key: 'temperature',
  statistic: 'avg',
  window: '1h',
  minSamples: '3',
  operator: '>',
  value: '80',
  clearValue: '75',
  severity: 'warning',
  message: '{{device.name}}: {{rule.name}}, now {{value}}',
};

describe('iiot-statistical-rule', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  before(async () => {
    platform = await startFlowPlatform();
    for (const id of ['pump-01', 'pump-02', 'pump-03']) await platform.createDevice(id);
  });

  beforeEach(() => {
    flow = new RunningFlow();
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  const flowWith = (rule: string, fields: object): object[] => [
    node('mqtt', 'iiot-mqtt-broker', [['in']]),
    node('in', 'iiot-ingest', [[rule], []], { trustTopicDevice: false }),
    node(rule, 'iiot-statistical-rule', [['raised'], ['cleared']], { ...FIELDS, ...fields }),
    node('raised', 'helper', []),
    node('cleared', 'helper', []),
  ];

  it('judges the figure of the window, and shows it', async () => {
    await flow.start(platform, flowWith('one', { deviceId: 'pump-01' }));
    for (const temperature of [90, 90, 66]) await platform.submit('pump-01', { temperature });
    const raised = (await flow.arrived('raised', 1))[0]?.alert as RuleTransition;
    assert.deepEqual([raised.kind, raised.value, raised.threshold], ['raised', 82, 80]);
    assert.equal(raised.message, 'pump-01: avg of temperature over 1h > 80, now 82');
    await platform.submit('pump-01', { temperature: 50 });
    const cleared = (await flow.arrived('cleared', 1))[0]?.alert as RuleTransition;
    assert.deepEqual([cleared.kind, cleared.value], ['cleared', 74]);
    await until(() => flow.status('one')?.text === 'ok 74', 'the figure under the node');
  });

  it('starts with what is stored', async () => {
    await flow.start(platform, flowWith('before', { key: 'other' }));
    for (const temperature of [100, 100]) await platform.submit('pump-02', { temperature });
    await flow.deploy(flowWith('two', { deviceId: 'pump-02' }));
    await platform.submit('pump-02', { temperature: 70 });
    const raised = (await flow.arrived('raised', 1))[0]?.alert as RuleTransition;
    assert.equal(raised.value, 90);
  });

  it('keeps window and state over a full deploy', async () => {
    const nodes = flowWith('three', { deviceId: 'pump-03' });
    await flow.start(platform, nodes);
    for (const temperature of [100, 90]) await platform.submit('pump-03', { temperature });
    await flow.deploy(nodes);
    await platform.submit('pump-03', { temperature: 80 });
    const raised = (await flow.arrived('raised', 1))[0]?.alert as RuleTransition;
    assert.equal(raised.value, 90);
  });

  it('is a red ring with a reason when a field is wrong', async () => {
    await flow.start(platform, flowWith('wrong', { window: 'soon' }));
    await until(() => flow.status('wrong')?.text === 'bad configuration', 'the red ring');
    assert.match(String((flow.errorsOf('wrong')[0] as Error).message), /The window "soon" is not a time above zero/);
  });
});

describe('the form of a statistical rule', () => {
  const blank = statisticalRuleConfig.defaults;

  it('says the rule in words', () => {
    assert.equal(
      summaryOf({ ...blank, ...FIELDS, unit: '°C' }),
      'Raises a warning alert when the average of temperature of any device over the last 1 h (from 3 readings on) is above 80 °C. It clears at or below 75 °C.',
    );
    assert.equal(
      summaryOf({
        ...blank,
        ...FIELDS,
        statistic: 'rate',
        window: '90',
        minSamples: '',
        clearValue: '',
        value: 2,
        unit: 'bar',
        cooldownSeconds: 60,
      }),
      'Raises a warning alert when the rate of change per second of temperature of any device over the last 1 min 30 s is above 2 bar/s. ' +
        'It clears as soon as that is no longer so. After that it is quiet for 1 min.',
    );
    assert.match(summaryOf({ ...blank }), /not complete/);
  });

  it('names the field that is wrong, the value and the remedy', () => {
    const problem = (fields: object) => {
      const result = statisticalRuleConfig.schema.safeParse({ ...blank, ...FIELDS, ...fields });
      return result.success ? undefined : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];
    };
    assert.equal(problem({}), undefined);
    assert.equal(problem({ window: '' }), 'window: The window is blank; enter one.');
    assert.match(problem({ window: '0' }) ?? '', /^window: The window "0" is not a time above zero/);
    assert.match(problem({ window: '1y' }) ?? '', /^window: /);
    assert.match(problem({ window: '8d' }) ?? '', /^window: .* longer than seven days/);
    assert.match(problem({ statistic: 'mode' }) ?? '', /^statistic: The figure "mode" is not one of/);
    assert.match(problem({ statistic: 'stddev', minSamples: '1' }) ?? '', /^minSamples: "stddev" needs at least 2/);
    assert.match(problem({ minSamples: '1.5' }) ?? '', /^minSamples: .* not a whole number/);
    assert.match(problem({ clearValue: '85' }) ?? '', /^clearValue: The clear value 85 is above/);
  });
});
