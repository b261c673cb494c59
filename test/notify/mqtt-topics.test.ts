import assert from 'node:assert/strict';
import type { MqttClient } from 'mqtt';
import { MqttChannel } from '../../src/notify/channels/mqtt/mqtt-channel.ts';
import { startBroker, until } from '../broker/support.ts';
import type { BrokerUnderTest } from '../broker/support.ts';
import { ALERT, deliveryOf, linkTo } from './deliveries.ts';

/** The real broker, and clients that follow what actions publish. */
describe('alerts on topics of the broker', () => {
  let under: BrokerUnderTest;
  let channel: MqttChannel;
  beforeEach(async () => {
    under = await startBroker();
    channel = new MqttChannel({ publish: (message) => under.broker.publish(message), topicRoot: 'insa', linkTo });
  });
  afterEach(() => under.stop());

  const follow = (client: MqttClient): { topic: string; payload: string; retain: boolean }[] => {
    const heard: { topic: string; payload: string; retain: boolean }[] = [];
    client.on('message', (topic, payload, { retain }) => heard.push({ topic, payload: payload.toString(), retain }));
    return heard;
  };

  it('reach programs that may read alerts', async () => {
    const program = await under.connect('program');
    const heard = follow(program);
    await program.subscribeAsync('plant/#', { qos: 1 });
    const outcome = await channel.send(deliveryOf({ type: 'mqtt', topic: 'plant/{{device.location}}/{{severity}}' }));
    assert.equal(outcome.delivered, true);
    await until(() => heard.length === 1, 'the message');
    assert.equal(heard[0]?.topic, 'plant/Hall A/critical');
    assert.deepEqual(JSON.parse(heard[0].payload), { version: 1, ...ALERT });
  });

  it('stay for who comes later when they are retained', async () => {
    await channel.send(deliveryOf({ type: 'mqtt', topic: 'plant/lamp', payload: '{{alert.status}}', retain: true }));
    const program = await under.connect('program');
    const heard = follow(program);
    await program.subscribeAsync('plant/lamp', { qos: 1 });
    await until(() => heard.length === 1, 'the retained message');
    assert.deepEqual(heard[0], { topic: 'plant/lamp', payload: 'active', retain: true });
  });

  it('are tried again when the broker is closed', async () => {
    await under.broker.stop();
    const outcome = await channel.send(deliveryOf({ type: 'mqtt', topic: 'plant/lamp' }));
    assert.ok(!outcome.delivered && outcome.retryable);
    assert.match(outcome.reason, /broker is not running/);
  });
});
