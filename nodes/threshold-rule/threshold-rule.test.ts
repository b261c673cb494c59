import assert from 'node:assert/strict';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';
import type { RuleTransition } from '../../src/contracts/rules.ts';
import { migrate } from '../shared/node-config.ts';
import { durationInWords } from '../shared/rule-words.ts';
import { summaryOf } from './summary.ts';
import { ruleInWords, thresholdRuleConfig } from './threshold-rule.config.ts';

const FIELDS = {
  key: 'temperature',
  operator: '>',
  value: '80',
  clearValue: '75',
  severity: 'warning',
  message: '{{device.name}} at {{value}}',
};

describe('iiot-threshold-rule', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;
  let count = 0;

  before(async () => {
    platform = await startFlowPlatform();
    await platform.createDevice('pump-01', { type: 'pump' });
    await platform.createDevice('fan-01', { type: 'fan' });
  });

  beforeEach(() => {
    flow = new RunningFlow();
    count += 1;
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  /** A flow with one rule; each test has a rule of its own. */
  function flowWith(fields: object): { flow: object[]; rule: string } {
    const rule = `rule-${String(count)}`;
    const nodes = [
      node('mqtt', 'iiot-mqtt-broker', [['in']]),
      node('in', 'iiot-ingest', [[rule], []], { trustTopicDevice: false }),
      node(rule, 'iiot-threshold-rule', [['raised'], ['cleared']], { ...FIELDS, ...fields }),
      node('raised', 'helper', []),
      node('cleared', 'helper', []),
    ];
    return { flow: nodes, rule };
  }

  it('sends what it decides: raised from output 1, cleared from output 2', async () => {
    const { flow: nodes, rule } = flowWith({});
    await flow.start(platform, nodes);
    await platform.submit('pump-01', { temperature: 79 });
    await platform.submit('pump-01', { temperature: 81.5 });
    const raised = (await flow.arrived('raised', 1))[0]?.alert as RuleTransition;
    assert.deepEqual([raised.kind, raised.rule_name, raised.device_id, raised.value], ['raised', 'temperature > 80', 'pump-01', 81.5]);
    assert.equal(raised.message, 'pump-01 at 81.5');
    assert.equal(flow.messages('raised')[0]?.payload, 'pump-01 at 81.5');
    await until(() => flow.status(rule)?.text?.startsWith('1 in alert · ') === true, 'the device in alert under the node');

    await platform.submit('pump-01', { temperature: 77 });
    await platform.submit('pump-01', { temperature: 74 });
    const cleared = (await flow.arrived('cleared', 1))[0]?.alert as RuleTransition;
    assert.deepEqual([cleared.kind, cleared.value], ['cleared', 74]);
    assert.equal(flow.messages('raised').length, 1);
    await until(() => flow.status(rule)?.text === 'ok 74', 'the all clear under the node');
  });

  it('judges only the devices it is for', async () => {
    await flow.start(platform, flowWith({ deviceType: 'fan' }).flow);
    await platform.submit('pump-01', { temperature: 99 });
    await platform.submit('fan-01', { temperature: 98 });
    const raised = await flow.arrived('raised', 1);
    assert.deepEqual(
      raised.map(({ device }) => device?.device_id),
      ['fan-01'],
    );
  });

  it('passes readings of low quality over and is quiet for its cooldown', async () => {
    await flow.start(platform, flowWith({ minQuality: '50', cooldownSeconds: '3600' }).flow);
    await platform.submit('pump-01', { temperature: { value: 99, quality: 10 } });
    for (const temperature of [85, 60, 90]) await platform.submit('pump-01', { temperature });
    await flow.arrived('cleared', 1);
    assert.deepEqual(
      flow.messages('raised').map(({ alert }) => (alert as RuleTransition).value),
      [85],
    );
  });

  it('keeps its state over a full deploy', async () => {
    const { flow: nodes } = flowWith({});
    await flow.start(platform, nodes);
    await platform.submit('pump-01', { temperature: 90 });
    await flow.arrived('raised', 1);
    await flow.deploy(nodes);
    await platform.submit('pump-01', { temperature: 91 });
    await platform.submit('pump-01', { temperature: 60 });
    await flow.arrived('cleared', 1);
    // Nobody applied the decision, so the new node sent it again: the same one, not another.
    assert.equal(new Set(flow.messages('raised').map(({ alert }) => (alert as RuleTransition).id)).size, 1);
  });

  it('is a red ring with a reason when a field is wrong, and answers every message with it', async () => {
    const { flow: nodes, rule } = flowWith({ value: '', clearValue: '' });
    await flow.start(platform, nodes);
    await until(() => flow.status(rule)?.text === 'bad configuration', 'the red ring');
    assert.deepEqual([flow.status(rule)?.fill, flow.status(rule)?.shape], ['red', 'ring']);
    flow.send(rule, { telemetry: {} });
    await until(() => flow.errorsOf(rule).length === 2, 'the report and the answer');
    const [report, answer] = flow.errorsOf(rule) as { code: string; message: string }[];
    assert.deepEqual([report?.code, answer?.code], ['INVALID_CONFIG', 'INVALID_CONFIG']);
    assert.match(answer?.message ?? '', /The limit is blank/);
  });

  it('refuses a message that was not stored', async () => {
    const { flow: nodes, rule } = flowWith({});
    await flow.start(platform, nodes);
    flow.send(rule, { payload: { temperature: 99 } });
    await until(() => flow.errorsOf(rule).length === 1, 'the error');
    assert.match(String(flow.errorsOf(rule)[0]), /wire this node behind an ingest node/);
  });

  it('lets the editor ask for devices and their quantities', async () => {
    await flow.start(platform, []);
    assert.deepEqual((await flow.request().get('/insa/devices')).body, [
      { device_id: 'pump-01', name: 'pump-01', type: 'pump', location: '' },
      { device_id: 'fan-01', name: 'fan-01', type: 'fan', location: '' },
    ]);
    assert.deepEqual((await flow.request().get('/insa/keys?device_id=pump-01')).body, [
      { key: 'temperature', unit: '°C', kind: 'pump-01' },
    ]);
    assert.deepEqual((await flow.request().get('/insa/keys?device_id=')).body, [{ key: 'temperature', unit: '°C', kind: 'any' }]);
  });
});

describe('a threshold rule over a deploy', () => {
  it('judges what was on its way into the database when a deploy came, before anything newer', async () => {
    const platform = await startFlowPlatform({ catchUp: 'as the platform' });
    await platform.createDevice('fan-01');
    const nodes = [
      node('mqtt', 'iiot-mqtt-broker', [['in']]),
      node('in', 'iiot-ingest', [['rule'], []], { trustTopicDevice: false }),
      node('rule', 'iiot-threshold-rule', [[], []], { ...FIELDS, key: 'load' }),
    ];
    const flow = new RunningFlow();
    await flow.start(platform, nodes);
    // Within the lateness: what is older is of the past, and a raise of the past waits.
    const startMs = Date.now() - 30_000;
    const send = (i: number, load: number): Promise<unknown> => platform.submit('fan-01', { timestamp: startMs + i, data: { load } });
    await send(0, 60);
    const isWaiting = async (): Promise<boolean> =>
      (await platform.query(`select 1 from pg_locks where not granted and relation = 'telemetry'::regclass`)).length > 0;
    const locked = platform.query('begin; lock table telemetry in share mode; select pg_sleep(3); commit');
    const holds = `select 1 from pg_locks where granted and mode = 'ShareLock' and relation = 'telemetry'::regclass`;
    await until(async () => (await platform.query(holds)).length > 0, 'the lock');
    const spike = send(1, 90);
    await until(isWaiting, 'the spike to be on its way');
    await flow.deploy(nodes);
    const calm = send(2, 60);
    await Promise.all([locked, spike, calm]);
    const raised = `select 1 from rule_transitions where device_id = 'fan-01' and body ->> 'key' = 'load' order by kind desc`;
    await until(async () => (await platform.query(raised)).length === 2, 'the spike to raise and the calm to clear');
    await flow.stop();
    await platform.stop();
  });
});

describe('the form of a threshold rule', () => {
  const blank = thresholdRuleConfig.defaults;

  it('says the rule in words', () => {
    assert.equal(ruleInWords({ key: 'temperature', operator: '>', value: 80, unit: '°C' }), 'temperature > 80 °C');
    assert.equal(
      summaryOf({ ...blank, ...FIELDS, unit: '°C', durationSeconds: '90' }),
      'Raises a warning alert when temperature of any device is above 80 °C for 1 min 30 s. It clears at or below 75 °C.',
    );
    assert.equal(
      summaryOf({
        ...blank,
        key: 'pressure',
        operator: '<=',
        value: 1.5,
        clearValue: 1.7,
        deviceType: 'pump',
        location: 'Hall A',
        severity: 'info',
      }),
      'Raises an info alert when pressure of any pump at Hall A is at most 1.5. It clears above 1.7.',
    );
    assert.match(summaryOf({ ...blank }), /not complete/);
  });

  it('writes durations in the units people use', () => {
    assert.deepEqual([0.5, 45, 300, 3_661].map(durationInWords), ['0.5 s', '45 s', '5 min', '1 h 1 min 1 s']);
  });

  it('names the field that is wrong, the value and the remedy', () => {
    const problem = (fields: object) => {
      const result = thresholdRuleConfig.schema.safeParse({ ...blank, ...FIELDS, ...fields });
      return result.success ? undefined : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];
    };
    assert.equal(problem({}), undefined);
    assert.equal(problem({ value: ' ' }), 'value: The limit is blank; enter a number.');
    assert.equal(problem({ value: '8O' }), 'value: The limit "8O" is not a number; enter one such as 80 or -2.5.');
    assert.equal(problem({ value: 'Infinity' }), 'value: The limit "Infinity" is not a number; enter one such as 80 or -2.5.');
    assert.equal(problem({ key: '' }), 'key: The key is blank; enter one.');
    assert.match(problem({ clearValue: '85' }) ?? '', /^clearValue: The clear value 85 is above the limit 80/);
    assert.match(problem({ message: '{{value}' }) ?? '', /^message: The message has braces that do not pair up/);
    assert.match(problem({ latenessSeconds: '-1' }) ?? '', /^latenessSeconds: The lateness -1 is too small/);
    assert.match(problem({ operator: '=>' }) ?? '', /^operator: The operator "=>" is not one of/);
    assert.match(problem({ durationSeconds: '-1' }) ?? '', /^durationSeconds: The duration -1 is too small/);
  });

  it('says cooldown, hours and quality, and what is wrong with them', () => {
    const fields = {
      cooldownSeconds: '300',
      minQuality: '50',
      activeTimezone: 'America/Bogota',
      activeDays: 'mon,tue',
      activeFrom: '06:00',
    };
    assert.match(
      summaryOf({ ...blank, ...FIELDS, ...fields }),
      /After that it is quiet for 5 min\. It raises only on mon, tue from 06:00 to 24:00 \(America\/Bogota\)\. Readings of a quality below 50/,
    );
    const problem = (more: object) => {
      const result = thresholdRuleConfig.schema.safeParse({ ...blank, ...FIELDS, ...fields, ...more });
      return result.success ? undefined : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];
    };
    assert.equal(problem({}), undefined);
    assert.match(problem({ activeTimezone: '' }) ?? '', /^activeTimezone: The time zone is blank/);
    assert.match(problem({ activeTimezone: 'Mars' }) ?? '', /^activeTimezone: The time zone "Mars" is not known/);
    assert.match(problem({ activeDays: 'mon,someday' }) ?? '', /^activeDays: The day "someday" is not one of/);
    assert.match(problem({ activeTo: '6' }) ?? '', /^activeTo: The time "6" is not a time of day/);
    assert.match(problem({ minQuality: '101' }) ?? '', /^minQuality: .* too large/);
    assert.match(problem({ cooldownSeconds: '-1' }) ?? '', /^cooldownSeconds: .* too small/);
  });

  it('takes a node of the first version as it was', () => {
    const old = { ...FIELDS, name: '', deviceId: '', deviceType: '', location: '', durationSeconds: '', unit: '', configVersion: 1 };
    const config = thresholdRuleConfig.schema.parse(migrate(thresholdRuleConfig, old));
    assert.deepEqual([config.value, config.cooldownSeconds, config.minQuality, config.activeDays], [80, undefined, undefined, []]);
    assert.equal(config.latenessSeconds, undefined);
  });

  it('takes a blank limit for no limit, never for zero', () => {
    const parsed = thresholdRuleConfig.schema.parse({ ...blank, ...FIELDS, clearValue: '', durationSeconds: '' });
    assert.deepEqual([parsed.value, parsed.clearValue, parsed.durationSeconds], [80, undefined, undefined]);
  });
});
