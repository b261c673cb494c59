import assert from 'node:assert/strict';
import { deliveryOf, ALERT, linkTo } from '../../../../test/notify/deliveries.ts';
import { mqttActionSchema } from '../../../contracts/actions.ts';
import { actionTopicProblem } from '../../../contracts/topics.ts';
import type { MqttAction } from '../../../contracts/actions.ts';
import { MqttChannel } from './mqtt-channel.ts';
import type { MqttChannelOptions } from './mqtt-channel.ts';

type Published = Parameters<MqttChannelOptions['publish']>[0];

describe('the channel of MQTT topics', () => {
  let published: Published[];
  let channel: MqttChannel;
  beforeEach(() => {
    published = [];
    const publish = (message: Published): Promise<void> => Promise.resolve(void published.push(message));
    channel = new MqttChannel({ publish, topicRoot: 'insa', linkTo });
  });
  const send = (action: Omit<MqttAction, 'type'>, changes: Parameters<typeof deliveryOf>[1] = {}) =>
    channel.send(deliveryOf({ type: 'mqtt', ...action }, changes));

  it('publishes the alert as JSON with its version, QoS 1, not retained', async () => {
    assert.deepEqual(await send({ topic: 'plant/alarms' }), { delivered: true, reason: 'Published to plant/alarms (QoS 1).' });
    const [{ payload, ...rest } = { payload: '' }] = published;
    assert.deepEqual(rest, { tenantId: 'default', topic: 'plant/alarms', qos: 1, retain: false });
    assert.deepEqual(JSON.parse(payload), { version: 1, ...ALERT });
  });

  it('fills in fields of topic and payload, and takes QoS and retain', async () => {
    await send({ topic: 'plant/{{device.id}}/{{ severity }}', payload: '{{device.name}}: {{value}} {{unit}}', qos: 2, retain: true });
    assert.deepEqual(published, [
      { tenantId: 'default', topic: 'plant/pump-01/critical', payload: 'Pump 1: 81.5 °C', qos: 2, retain: true },
    ]);
  });

  it('makes a value one level without wildcards, whatever is in it', async () => {
    await send({ topic: 'plant/{{device.name}}/{{device.location}}/x' }, { device: { name: 'a/b+#$\0c\n', location: null } });
    assert.equal(published[0]?.topic, 'plant/a_b____c_/_/x');
  });

  it('never publishes to the topics of the platform, whatever the values say', async () => {
    const outcome = await send({ topic: '{{device.name}}/devices/pump-02/command' }, { device: { name: 'insa' } });
    assert.ok(!outcome.delivered && !outcome.retryable);
    assert.match(outcome.reason, /one of the platform's own/);
    const plant = new MqttChannel({ publish: () => assert.fail('published'), topicRoot: 'plant/line-1', linkTo });
    const other = await plant.send(deliveryOf({ type: 'mqtt', topic: 'plant/alarms' }));
    assert.ok(!other.delivered && !other.retryable);
    assert.equal(published.length, 0);
  });

  it('tries again when the broker does not run', async () => {
    const closed = new MqttChannel({ publish: () => Promise.reject(new Error('not running')), topicRoot: 'insa', linkTo });
    assert.deepEqual(await closed.send(deliveryOf({ type: 'mqtt', topic: 'plant' })), {
      delivered: false,
      retryable: true,
      reason: 'not running',
    });
  });

  it('gives up what is no action with an alert', async () => {
    const outcome = await channel.send({ ...deliveryOf({ type: 'mqtt', topic: 'plant' }), content: { action: { type: 'mqtt' } } });
    assert.ok(!outcome.delivered && !outcome.retryable);
  });
});

describe('the topic of an action', () => {
  /** As it is judged when it is saved: by itself, then by the root of the installation. */
  const problemOf = (topic: string, root = 'insa'): string | undefined =>
    mqttActionSchema.safeParse({ type: 'mqtt', topic }).error?.issues[0]?.message ?? actionTopicProblem(topic, root);

  it('is taken when its levels are its own', () => {
    for (const topic of ['plant/alarms', '{{device.id}}/x', 'insa2/devices/x', 'plant/insa/devices', '/x']) {
      assert.equal(problemOf(topic), undefined, topic);
    }
  });

  it('is refused with the reason', () => {
    const cases: [string, RegExp][] = [
      ['plant/+/x', /wildcard/],
      ['plant/#', /wildcard/],
      ['insa/devices/pump-01/command', /platform's own/],
      ['insa/alerts/critical', /platform's own/],
      ['insa/{{device.id}}', /platform's own/],
      ['insa', /platform's own/],
      ['$SYS/x', /platform's own/],
      ['plant/\0', /control characters/],
      ['plant/{{devise.id}}', /no field.*\{\{device\.id\}\}/],
    ];
    for (const [topic, expected] of cases) assert.match(problemOf(topic) ?? 'taken', expected, topic);
    assert.match(problemOf('plant/alarms', 'plant/line-1') ?? 'taken', /platform's own \("plant\/\.\.\."/);
    assert.equal(problemOf('insa/alarms', 'plant/line-1'), undefined);
  });
});
