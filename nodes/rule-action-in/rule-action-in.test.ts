import assert from 'node:assert/strict';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';
import type { FlowActionMessage } from '../../src/notify/channels/flow/flow-entries.ts';

describe('iiot-rule-action-in', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  before(async () => {
    platform = await startFlowPlatform();
  });

  beforeEach(() => {
    flow = new RunningFlow();
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  const entry = (id: string, name: string, to: string) => node(id, 'iiot-rule-action-in', [[to]], { name });
  const MESSAGE = {
    id: 'n-1',
    attempt: 1,
    event: 'raised',
    alert: { device_id: 'pump-01', rule_name: 'Hot', message: 'too hot', version: 1 },
    device: { name: 'Pump 1', type: null, location: 'hall 3' },
    link: 'http://localhost/alerts/a',
  } as FlowActionMessage;

  it('begins a flow that is called by its name', async () => {
    await flow.start(platform, [entry('a', 'cool down', 'called'), node('called', 'helper', [])]);
    await platform.flowEntries.deliver('cool down', MESSAGE);
    const [{ _msgid: _id, ...message } = {}] = await flow.arrived('called', 1);
    assert.deepEqual(message, {
      topic: 'Hot',
      payload: 'too hot',
      event: 'raised',
      alert: MESSAGE.alert,
      device: { device_id: 'pump-01', name: 'Pump 1', type: null, location: 'hall 3' },
      link: MESSAGE.link,
      notification: { id: 'n-1', attempt: 1 },
    });
    await until(() => flow.status('a')?.text === '1 received', 'the count under the node');
    await assert.rejects(platform.flowEntries.deliver('warm up', MESSAGE), /there are "cool down"/);
  });

  it('lets one of a name take part, shows the other red, and lets that go on when the first is gone', async () => {
    const both = [entry('b', 'x', 'second'), entry('a', 'x', 'first'), entry('c', 'y', 'third')];
    const sinks = ['first', 'second', 'third'].map((id) => node(id, 'helper', []));
    await flow.start(platform, [...both, ...sinks]);
    await until(() => flow.status('b')?.text === 'already on Plant', 'the red node');
    assert.equal(flow.status('b')?.fill, 'red');
    await platform.flowEntries.deliver('x', MESSAGE);
    await platform.flowEntries.deliver('y', MESSAGE);
    await flow.arrived('first', 1);
    await flow.arrived('third', 1);
    assert.equal(flow.messages('second').length, 0);
    await flow.deploy([entry('b', 'x', 'second'), ...sinks]);
    await platform.flowEntries.deliver('x', MESSAGE);
    await flow.arrived('second', 1);
    assert.deepEqual(platform.flowEntries.names(), ['x']);
  });

  it('is red without a name', async () => {
    await flow.start(platform, [entry('a', ' ', 'called'), node('called', 'helper', [])]);
    await until(() => flow.status('a')?.text === 'bad configuration', 'the red node');
    assert.match(String(flow.errorsOf('a')[0]), /The name is blank/);
    assert.deepEqual(platform.flowEntries.names(), []);
  });
});
