import assert from 'node:assert/strict';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';

describe('iiot-mqtt-broker', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  before(async () => {
    platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
  });

  beforeEach(() => {
    flow = new RunningFlow();
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  it('puts messages of the broker on the wire with topic, payload, device and acknowledgement', async () => {
    await flow.start(platform, [
      node('mqtt', 'iiot-mqtt-broker', [['sink', 'discard']]),
      node('sink', 'helper', []),
      node('discard', 'iiot-discard', []),
    ]);
    const settlement = await platform.submit('pump-01', 28.5, { key: 'temperature' });
    const [message] = await flow.arrived('sink', 1);
    assert.equal(message?.topic, 'insa/devices/pump-01/telemetry/temperature');
    assert.equal(message.payload, 28.5);
    assert.deepEqual(message.device, { device_id: 'pump-01' });
    assert.equal(typeof message.ack_id, 'string');
    assert.equal(settlement.kind, 'discarded');
  });

  it('takes no messages of the other kind', async () => {
    await flow.start(platform, [node('mqtt', 'iiot-mqtt-broker', [['sink']]), node('sink', 'helper', [])]);
    const settlement = await platform.submit('pump-01', { a: 1 }, { kind: 'http' });
    assert.equal(settlement.kind === 'unavailable' && settlement.code, 'NO_OUTLET');
    assert.equal(flow.messages('sink').length, 0);
  });

  it('shows how many devices are connected', async () => {
    platform.connectedDevices = 3;
    await flow.start(platform, [node('mqtt', 'iiot-mqtt-broker', [])]);
    await until(() => flow.status('mqtt')?.text === '3 connected', 'the number of devices');
    platform.connectedDevices = 4;
    await until(() => flow.status('mqtt')?.text === '4 connected', 'the new number of devices');
  });

  it('goes red as the second one, and takes over when the first one is gone', async () => {
    const tabs = [
      { id: 'tab', type: 'tab', label: 'Plant' },
      { id: 'tab2', type: 'tab', label: 'Other' },
    ];
    const second = node('b-second', 'iiot-mqtt-broker', [['sink']], { z: 'tab2' });
    const sinks = [node('sink', 'helper', []), node('discard', 'iiot-discard', [])];
    await flow.start(platform, [...tabs, node('a-first', 'iiot-mqtt-broker', [['discard']]), second, ...sinks]);
    await until(() => flow.status('b-second')?.fill === 'red', 'the second one to go red');
    assert.equal(flow.status('b-second')?.text, 'already on Plant');
    assert.equal((await platform.submit('pump-01', { a: 1 })).kind, 'discarded');
    assert.equal(flow.messages('sink').length, 0);

    await flow.deploy([...tabs, second, ...sinks], 'nodes');
    await until(() => flow.status('b-second')?.fill === 'green', 'the second one to take over');
    void platform.submit('pump-01', { a: 1 });
    await flow.arrived('sink', 1);
  });

  it('does nothing but say so in a Node-RED without the platform', async () => {
    await flow.start(undefined, [node('mqtt', 'iiot-mqtt-broker', [])]);
    await until(() => flow.status('mqtt')?.text === 'no platform', 'the red ring');
    assert.match(String(flow.errorsOf('mqtt')[0]), /INSA IIoT Platform/);
  });
});
