import assert from 'node:assert/strict';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';

describe('iiot-demo-plant', () => {
  let platform: FlowPlatform;
  const flow = new RunningFlow();

  before(async () => {
    platform = await startFlowPlatform();
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  it('lets nobody but an administrator remove the demo plant', async () => {
    await flow.start(platform, [node('remove', 'iiot-demo-plant', [])]);
    const answer = await flow.request().post('/insa/demo/remove');
    assert.equal(answer.status, 403);
    assert.equal(platform.demoRemovals, 0);
  });
});
