import assert from 'node:assert/strict';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';
import { scheduleConditionsSchema } from '../../src/contracts/rules.ts';
import type { RuleTransition } from '../../src/contracts/rules.ts';
import { nextTimes } from './next-times.ts';
import { ruleInWords, scheduleRuleConfig } from './schedule-rule.config.ts';
import { scheduleInWords, summaryOf } from './summary.ts';

const FIELDS = { schedule: '* * * * *', timezone: 'UTC', check: 'no_data', key: 'temperature', seconds: '60' };
const MINUTE_MS = 60_000;

describe('iiot-schedule-rule', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  before(async () => {
    platform = await startFlowPlatform();
    for (const id of ['pump-01', 'pump-02']) await platform.createDevice(id);
  });

  beforeEach(() => {
    flow = new RunningFlow();
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  const flowWith = (rule: string, fields: object): object[] => [
    node('mqtt', 'iiot-mqtt-broker', [['in']]),
    node('in', 'iiot-ingest', [[rule, 'stored'], []], { trustTopicDevice: false }),
    node(rule, 'iiot-schedule-rule', [['raised'], ['cleared']], { ...FIELDS, ...fields }),
    node('stored', 'helper', []),
    node('raised', 'helper', []),
    node('cleared', 'helper', []),
  ];

  /** Before its rule is opened a node looks at nothing. */
  const runs = (rule: string) => until(() => /^ok, next /.test(flow.status(rule)?.text ?? ''), 'the next time under the node');

  it('misses a reading when it is due, and clears with the next one', async () => {
    await flow.start(platform, flowWith('one', { deviceId: 'pump-01' }));
    await runs('one');
    await platform.submit('pump-01', { temperature: 20 });
    await flow.arrived('stored', 1);
    platform.advance(3 * MINUTE_MS);
    const raised = (await flow.arrived('raised', 1))[0]?.alert as RuleTransition;
    assert.deepEqual([raised.kind, raised.rule_name, raised.device_id], ['raised', 'no temperature for 1 min', 'pump-01']);
    assert.deepEqual([raised.key, raised.threshold], ['temperature', 60]);
    assert.match(raised.message, /^pump-01: no temperature for \d+ s$/);
    await until(() => /^alert · /.test(flow.status('one')?.text ?? ''), 'since when, under the node');
    await platform.submit('pump-01', { temperature: 21 });
    const cleared = (await flow.arrived('cleared', 1))[0]?.alert as RuleTransition;
    assert.equal(cleared.kind, 'cleared');
  });

  it('reminds at every time, with nothing wired to its input', async () => {
    const nodes = flowWith('two', { deviceId: 'pump-02', check: 'always', message: 'Look at {{device.name}}' });
    await flow.start(
      platform,
      nodes.map((each) => ('type' in each && each.type === 'iiot-ingest' ? { ...each, wires: [[], []] } : each)),
    );
    await runs('two');
    platform.advance(MINUTE_MS);
    const raised = (await flow.arrived('raised', 1))[0]?.alert as RuleTransition;
    assert.equal(raised.message, 'Look at pump-02');
    platform.advance(MINUTE_MS);
    await flow.arrived('raised', 2);
    await flow.arrived('cleared', 1);
  });

  it('is a red ring with a reason when a field is wrong', async () => {
    await flow.start(platform, flowWith('wrong', { schedule: '0 25 * * *' }));
    await until(() => flow.status('wrong')?.text === 'bad configuration', 'the red ring');
    assert.match(String((flow.errorsOf('wrong')[0] as Error).message), /The schedule "0 25 \* \* \*" is not a cron expression/);
  });
});

describe('the form of a schedule rule', () => {
  const blank = { ...scheduleRuleConfig.defaults, timezone: 'America/Bogota' };
  const problem = (fields: object) => {
    const result = scheduleRuleConfig.schema.safeParse({ ...blank, ...fields });
    return result.success ? undefined : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];
  };

  it('says the rule in words', () => {
    assert.equal(ruleInWords(blank), 'offline for 10 min');
    assert.equal(ruleInWords({ ...blank, check: 'no_data', key: 'load', seconds: '3600' }), 'no load for 1 h');
    assert.equal(
      summaryOf(blank),
      'Looks every 15 min (America/Bogota) and raises a warning alert when any device has been offline for 10 min. ' +
        'It clears as soon as the device is back.',
    );
    assert.equal(
      summaryOf({ ...blank, schedule: '0 6 * * mon-fri', check: 'no_data', key: 'load', seconds: '90', deviceType: 'pump' }),
      'Looks on workdays at 06:00 (America/Bogota) and raises a warning alert when any pump has sent no load for 1 min 30 s. ' +
        'It clears with the next reading of load.',
    );
    assert.match(summaryOf({ ...blank, check: 'always', offlineSeconds: '' }), /for any device each time\. It clears when the next one/);
    assert.match(summaryOf({ ...blank, timezone: '' }), /not complete/);
  });

  it('says schedules as people do where it can', () => {
    const words = ['0 * * * *', '30 6 * * *', '0 6 * * sat,sun', '0 6 1 * *'].map(scheduleInWords);
    assert.deepEqual(words, ['every hour', 'daily at 06:30', 'on days sat,sun at 06:00', 'at each time of "0 6 1 * *"']);
  });

  it('shows the next three times by the clock of the time zone', () => {
    const nowMs = Date.UTC(2026, 0, 2, 12, 0);
    assert.deepEqual(nextTimes({ schedule: '0 6 * * mon-fri', timezone: 'America/Bogota' }, nowMs), [
      'Mon 5 Jan 06:00',
      'Tue 6 Jan 06:00',
      'Wed 7 Jan 06:00',
    ]);
    assert.equal(nextTimes({ schedule: '0 6 * *', timezone: 'UTC' }, nowMs), undefined);
    assert.equal(nextTimes({ schedule: '0 6 * * *', timezone: 'Mars' }, nowMs), undefined);
  });

  it('does not mind what was left in the fields of another check, which are hidden', () => {
    assert.equal(problem({ check: 'always', offlineSeconds: '-1', seconds: 'x' }), undefined);
    assert.equal(problem({ check: 'no_data', key: 'load', offlineSeconds: '-1' }), undefined);
    assert.equal(problem({ offlineSeconds: '-1' }), 'offlineSeconds: The time offline -1 is too small; enter at least 0.');
  });

  it('names the field that is wrong, the value and the remedy', () => {
    assert.equal(problem({}), undefined);
    assert.equal(problem({ timezone: '' }), 'timezone: The time zone is blank; enter one.');
    assert.match(problem({ check: 'sometimes' }) ?? '', /^check: The check "sometimes" is not one of/);
    assert.match(problem({ schedule: '0 0 30 2 *' }) ?? '', /^schedule: The schedule "0 0 30 2 \*" is never due/);
    assert.match(problem({ check: 'no_data', key: 'load', seconds: '0' }) ?? '', /^seconds: .* too small/);
    assert.equal(problem({ check: 'always', offlineSeconds: '', seconds: '' }), undefined);
  });

  it('says what the API says of what its check needs', () => {
    const answer = (conditions: object) => {
      const { error } = scheduleConditionsSchema.safeParse({ schedule: '0 6 * * *', timezone: 'UTC', ...conditions });
      return error?.issues[0]?.message ?? '';
    };
    assert.equal(problem({ offlineSeconds: '' }), `offlineSeconds: ${answer({ check: 'device_offline' })}`);
    assert.equal(problem({ check: 'no_data', key: '' }), `key: ${answer({ check: 'no_data', seconds: 60 })}`);
    assert.equal(problem({ timezone: 'Mars' }), `timezone: ${answer({ check: 'always', timezone: 'Mars' })}`);
  });
});
