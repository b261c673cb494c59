import assert from 'node:assert/strict';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';
import { comparisonConditionsSchema } from '../../src/contracts/rules.ts';
import type { RuleTransition } from '../../src/contracts/rules.ts';
import { comparisonRuleConfig, ruleInWords } from './comparison-rule.config.ts';
import { summaryOf } from './summary.ts';

const FIELDS = {
  key: 'supply',
  operator: '>',
  rightKey: 'return',
  offset: '20',
  clearOffset: '15',
  severity: 'warning',
  message: '{{device.name}}: {{value}} against {{threshold}}',
};

describe('iiot-comparison-rule', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  before(async () => {
    platform = await startFlowPlatform();
    for (const id of ['boiler-01', 'boiler-02', 'boiler-03']) await platform.createDevice(id);
  });

  beforeEach(() => {
    flow = new RunningFlow();
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  const flowWith = (rule: string, fields: object): object[] => [
    node('mqtt', 'iiot-mqtt-broker', [['in']]),
    node('in', 'iiot-ingest', [[rule], []], { trustTopicDevice: false }),
    node(rule, 'iiot-comparison-rule', [['raised'], ['cleared']], { ...FIELDS, ...fields }),
    node('raised', 'helper', []),
    node('cleared', 'helper', []),
  ];

  it('compares two quantities of one device, and shows the one that is judged', async () => {
    await flow.start(platform, flowWith('one', { deviceId: 'boiler-01' }));
    for (const supply of [65, 75]) await platform.submit('boiler-01', { supply, return: 50 });
    const raised = (await flow.arrived('raised', 1))[0]?.alert as RuleTransition;
    assert.deepEqual([raised.kind, raised.key, raised.value, raised.threshold], ['raised', 'supply', 75, 70]);
    assert.equal(raised.message, 'boiler-01: 75 against 70');
    for (const supply of [67, 64]) await platform.submit('boiler-01', { supply, return: 50 });
    const cleared = (await flow.arrived('cleared', 1))[0]?.alert as RuleTransition;
    assert.deepEqual([cleared.kind, cleared.value], ['cleared', 64]);
    await until(() => flow.status('one')?.fill === 'green', 'the all clear under the node');
  });

  it('compares with a quantity of another device; the alert is that of the left one', async () => {
    const fields = { deviceId: 'boiler-02', key: 'load', rightKey: 'load', rightDeviceId: 'boiler-03', offset: '', clearOffset: '' };
    await flow.start(platform, flowWith('two', fields));
    await platform.submit('boiler-02', { load: 41 });
    await platform.submit('boiler-03', { load: 40 });
    const raised = (await flow.arrived('raised', 1))[0]?.alert as RuleTransition;
    assert.deepEqual([raised.device_id, raised.value, raised.threshold], ['boiler-02', 41, 40]);
    await platform.submit('boiler-03', { load: 50 });
    const cleared = (await flow.arrived('cleared', 1))[0]?.alert as RuleTransition;
    assert.equal(cleared.device_id, 'boiler-02');
  });

  it('is a red ring with a reason when both sides are the same', async () => {
    await flow.start(platform, flowWith('wrong', { rightKey: 'supply' }));
    await until(() => flow.status('wrong')?.text === 'bad configuration', 'the red ring');
    assert.match(String((flow.errorsOf('wrong')[0] as Error).message), /Both sides are "supply" of the same device/);
  });
});

describe('the form of a comparison rule', () => {
  const blank = comparisonRuleConfig.defaults;
  const problem = (fields: object) => {
    const result = comparisonRuleConfig.schema.safeParse({ ...blank, ...FIELDS, ...fields });
    return result.success ? undefined : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];
  };

  it('says the rule in words', () => {
    assert.equal(ruleInWords({ ...FIELDS, unit: '°C' }), 'supply > return + 20 °C');
    assert.equal(ruleInWords({ ...FIELDS, rightDeviceId: 'boiler-02', offset: '-5' }), 'supply > return of boiler-02 - 5');
    assert.equal(ruleInWords({ ...FIELDS, offset: '' }), 'supply > return');
    assert.equal(
      summaryOf({ ...blank, ...FIELDS, unit: '°C', durationSeconds: '60' }),
      'Raises a warning alert when supply of any device is above return of the same device plus 20 °C for 1 min. ' +
        'It clears at or below return plus 15 °C. It compares readings that are at most 5 min apart.',
    );
    assert.equal(
      summaryOf({ ...blank, ...FIELDS, rightDeviceId: 'boiler-02', offset: '', clearOffset: '', toleranceSeconds: '30' }),
      'Raises a warning alert when supply of any device is above return of boiler-02. ' +
        'It clears as soon as that is no longer so. It compares readings that are at most 30 s apart.',
    );
    assert.match(summaryOf({ ...blank }), /not complete/);
  });

  it('names the field that is wrong, the value and the remedy', () => {
    assert.equal(problem({}), undefined);
    assert.equal(problem({ rightKey: '' }), 'rightKey: The other key is blank; enter one.');
    assert.match(problem({ offset: 'x' }) ?? '', /^offset: The offset "x" is not a number/);
    assert.match(problem({ toleranceSeconds: '0' }) ?? '', /^toleranceSeconds: The tolerance 0 is too small/);
    assert.match(problem({ deviceId: 'boiler-01', rightDeviceId: 'boiler-01', rightKey: 'supply' }) ?? '', /^rightKey: Both sides are/);
    assert.equal(problem({ deviceId: 'boiler-01', rightDeviceId: 'boiler-02', rightKey: 'supply' }), undefined);
    assert.match(problem({ message: '{{value | json}}' }) ?? '', /^message: The message has \{\{value \| json\}\}, which is no field/);
    assert.match(problem({ latenessSeconds: '3601' }) ?? '', /^latenessSeconds: The lateness 3601 is too large/);
  });

  it('says of a wrong clear offset what the API says', () => {
    const conditions = { left: { key: 'supply' }, operator: '>', right: { key: 'return' }, offset: 20, clear_offset: 25 };
    const [issue] = comparisonConditionsSchema.safeParse(conditions).error?.issues ?? [];
    assert.equal(problem({ clearOffset: '25' }), `clearOffset: ${issue?.message ?? ''}`);
  });
});
