import assert from 'node:assert/strict';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';

describe('iiot-http-telemetry', () => {
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

  const ingest = node('in', 'iiot-ingest', [['stored'], []], { trustTopicDevice: false });

  it('lets posted messages enter the flow, beside the outlet of the other kind', async () => {
    const outlets = [node('http', 'iiot-http-telemetry', [['in']]), node('mqtt', 'iiot-mqtt-broker', [])];
    await flow.start(platform, [...outlets, ingest, node('stored', 'helper', [])]);
    const settlement = await platform.submit('pump-01', { device_id: 'pump-01', data: { flow: 12 } }, { kind: 'http' });
    assert.equal(settlement.kind === 'stored' && settlement.stored, 1);
    const [message] = await flow.arrived('stored', 1);
    assert.deepEqual(
      message?.telemetry?.points.map(({ key, value }) => [key, value]),
      [['flow', 12]],
    );
  });

  it('shows messages per second', async () => {
    await flow.start(platform, [node('http', 'iiot-http-telemetry', [['in']]), ingest, node('stored', 'helper', [])]);
    assert.equal(flow.status('http')?.text ?? '0 msg/s', '0 msg/s');
    await Promise.all([1, 2, 3, 4].map((value) => platform.submit('pump-01', { device_id: 'pump-01', data: { value } }, { kind: 'http' })));
    await until(() => /^[1-9]\d* msg\/s$/.test(flow.status('http')?.text ?? ''), 'a rate under the node');
  });

  it('goes red as the second one', async () => {
    await flow.start(platform, [node('http-a', 'iiot-http-telemetry', []), node('http-b', 'iiot-http-telemetry', [])]);
    await until(() => flow.status('http-b')?.text === 'already on Plant', 'the second one to go red');
    assert.equal(flow.status('http-a')?.fill, 'green');
  });
});
