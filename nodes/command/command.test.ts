import assert from 'node:assert/strict';
import { actionFlow, forgetQueued, queuedOf } from '../../test/nodes/support/action-flow.ts';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { RunningFlow } from '../../test/nodes/support/runtime.ts';
import { readConfig } from '../shared/node-config.ts';
import { commandConfig } from './command.config.ts';

const FIELDS = { deviceId: '', command: 'set_speed', params: '{"rpm": 0, "reason": "{{message}}"}', timeoutSeconds: '10', on: 'raised' };

describe('iiot-command', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  before(async () => {
    platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
  });

  beforeEach(async () => {
    flow = new RunningFlow();
    await forgetQueued(platform);
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  it('queues a command to the device of the alert', async () => {
    await flow.start(platform, actionFlow('iiot-command', FIELDS));
    await platform.submit('pump-01', { temperature: 90 });
    await flow.arrived('passed', 1);
    const [queued] = await queuedOf(platform);
    assert.deepEqual([queued?.channel, queued?.recipient], ['command', 'pump-01']);
    const params = { rpm: 0, reason: '{{message}}' };
    assert.deepEqual(queued?.content.action, { type: 'command', command: 'set_speed', params, timeout_seconds: 10, on: ['raised'] });
    await platform.submit('pump-01', { temperature: 60 });
    await flow.arrived('passed', 2);
  });

  it('queues a command to another device', async () => {
    await flow.start(platform, actionFlow('iiot-command', { ...FIELDS, deviceId: 'valve-7', params: '', timeoutSeconds: '' }));
    await platform.submit('pump-01', { temperature: 90 });
    await flow.arrived('passed', 1);
    const [queued] = await queuedOf(platform);
    assert.deepEqual([queued?.recipient, queued?.deviceId], ['valve-7', 'pump-01']);
    assert.deepEqual(queued?.content.action, { type: 'command', device_id: 'valve-7', command: 'set_speed', on: ['raised'] });
  });
});

describe('the form of iiot-command', () => {
  const REFUSED: [string, object, string, RegExp][] = [
    ['no command', { command: '' }, 'command', /The command is blank/],
    ['a name with a space', { command: 'set speed' }, 'command', /letters, digits and/],
    ['parameters that are no JSON', { params: '{rpm: 1}' }, 'params', /no JSON object/],
    ['parameters that are a list', { params: '[1]' }, 'params', /no JSON object/],
    ['an unknown field in the parameters', { params: '{"a": {"b": ["{{c}}"]}}' }, 'params', /\{\{c\}\}, which is no field/],
    ['too much', { params: JSON.stringify({ a: 'x'.repeat(70_000) }) }, 'params', /64 KB/],
    ['no time', { timeoutSeconds: '0' }, 'timeoutSeconds', /at least 1/],
    ['a part of a second', { timeoutSeconds: '1.5' }, 'timeoutSeconds', /whole number/],
  ];
  for (const [what, wrong, field, reason] of REFUSED) {
    it(`refuses ${what} and says why`, () => {
      const read = readConfig(commandConfig, { ...FIELDS, ...wrong });
      assert.ok(!read.ok);
      assert.deepEqual(
        read.problems.map((problem) => problem.field),
        [field],
      );
      assert.match(read.problems[0]?.message ?? '', reason);
    });
  }
});
