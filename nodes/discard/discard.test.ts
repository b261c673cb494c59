import assert from 'node:assert/strict';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';

describe('iiot-discard', () => {
  let platform: FlowPlatform;
  const flow = new RunningFlow();

  before(async () => {
    platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  it('acknowledges without storing', async () => {
    await flow.start(platform, [node('mqtt', 'iiot-mqtt-broker', [['drop']]), node('drop', 'iiot-discard', [])]);
    assert.deepEqual(await platform.submit('pump-01', { temperature: 1 }), { kind: 'discarded' });
    assert.equal((await platform.query('select 1 from series')).length, 0);
  });

  it('settles a part of a split message as one of several', async () => {
    await flow.start(platform, [
      node('mqtt', 'iiot-mqtt-broker', [['sink']]),
      node('sink', 'helper', []),
      node('drop', 'iiot-discard', []),
    ]);
    let settled = false;
    const settlement = platform.submit('pump-01', { a: 1 }).finally(() => (settled = true));
    const [message] = await flow.arrived('sink', 1);
    flow.send('drop', { ...message, parts: { id: 'p', index: 0, count: 2 } });
    flow.send('drop', { ...message, parts: { id: 'p', index: 1 } });
    flow.send('drop', { payload: 'a message that nobody waits for' });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(settled, false);
    flow.send('drop', { ...message, parts: { id: 'p', index: 1, count: 2 } });
    assert.notEqual((await settlement).kind, 'unavailable');
  });
});
