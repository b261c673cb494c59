import assert from 'node:assert/strict';
import { actionFlow, queuedOf } from '../../test/nodes/support/action-flow.ts';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { RunningFlow } from '../../test/nodes/support/runtime.ts';
import { readConfig } from '../shared/node-config.ts';
import { mqttPublishConfig } from './mqtt-publish.config.ts';

const FIELDS = { topic: 'plant/alarms/{{device.id}}', payload: '{{value}}', qos: '2', retain: true, on: 'raised' };

describe('iiot-mqtt-publish', () => {
  it('queues a message for a topic', async () => {
    const platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
    const flow = new RunningFlow();
    await flow.start(platform, actionFlow('iiot-mqtt-publish', FIELDS));
    await platform.submit('pump-01', { temperature: 90 });
    await flow.arrived('passed', 1);
    const [queued] = await queuedOf(platform);
    assert.deepEqual([queued?.channel, queued?.recipient], ['mqtt', 'plant/alarms/pump-01']);
    const action = { type: 'mqtt', topic: 'plant/alarms/{{device.id}}', payload: '{{value}}', qos: 2, retain: true, on: ['raised'] };
    assert.deepEqual(queued?.content.action, action);
    await flow.stop();
    await platform.stop();
  });

  const REFUSED: [string, object, string, RegExp][] = [
    ['no topic', { topic: '' }, 'topic', /The topic is blank/],
    ['a wildcard', { topic: 'plant/#' }, 'topic', /wildcard/],
    ["a topic of the platform's own", { topic: 'insa/devices/pump-01/command' }, 'topic', /platform's own/],
    ['an unknown field in the topic', { topic: 'plant/{{pump}}' }, 'topic', /\{\{pump\}\}, which is no field/],
    ['an unknown field in the payload', { payload: '{{pump}}' }, 'payload', /which is no field/],
    ['a quality of service that does not exist', { qos: '3' }, 'qos', /"3" is not one of 0, 1, 2/],
  ];
  for (const [what, wrong, field, reason] of REFUSED) {
    it(`refuses ${what} in the form, and says why`, () => {
      const read = readConfig(mqttPublishConfig(), { ...FIELDS, ...wrong });
      assert.ok(!read.ok);
      assert.deepEqual(
        read.problems.map((problem) => problem.field),
        [field],
      );
      assert.match(read.problems[0]?.message ?? '', reason);
    });
  }
});
