import assert from 'node:assert/strict';
import mqttPacket from 'mqtt-packet';
import { connectPacket, publishPacket, refusalOf, roundTrip, startBroker, topics, until } from './support.ts';
import type { BrokerUnderTest } from './support.ts';

const TELEMETRY = topics.telemetry('pump-01');

describe('MQTT guards before the login', () => {
  let under: BrokerUnderTest;

  beforeEach(async () => {
    under = await startBroker({ limits: { connectTimeoutMs: 2_000 } });
  });

  afterEach(() => under.stop());

  it('closes a connection whose first packet is not a CONNECT', async () => {
    const client = await under.rawClient();
    client.send(publishPacket(TELEMETRY, '{}', 1));
    await client.untilClosed();
    assert.equal(under.broker.stats().refusals.not_mqtt, 1);
    assert.equal(under.taken.length, 0);
  });

  it('closes a connection that speaks something else', async () => {
    const client = await under.rawClient();
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.untilClosed();
    assert.equal(under.broker.stats().refusals.not_mqtt, 1);
  });

  it('refuses a CONNECT by its announced length, without waiting for it', async () => {
    const client = await under.rawClient();
    client.socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x5f])); // 200 MB announced, five bytes sent.
    await client.untilClosed();
    assert.equal(under.broker.stats().refusals.packet_too_large, 1);
  });

  it('refuses a remaining length of more than four bytes, however it is cut', async () => {
    const client = await under.rawClient();
    for (const byte of [0x10, 0xff, 0xff, 0xff, 0xff, 0x01]) client.socket.write(Buffer.from([byte]));
    await client.untilClosed();
    assert.equal(under.broker.stats().refusals.malformed_packet, 1);
  });

  it('closes a connection that does not log in in time', async () => {
    const client = await under.rawClient();
    client.socket.write(Buffer.from([0x10]));
    await client.untilClosed();
    assert.equal(under.broker.stats().refusals.connect_timeout, 1);
  });

  it('accepts a CONNECT that comes byte by byte, with messages right behind it', async () => {
    const client = await under.rawClient();
    const bytes = Buffer.concat(
      [connectPacket('pump-01'), publishPacket(TELEMETRY, '{"a":1}', 1)].map((packet) => mqttPacket.generate(packet)),
    );
    for (const byte of bytes) client.socket.write(Buffer.from([byte]));
    await client.next('puback');
    assert.equal(under.taken[0]?.message.raw.toString(), '{"a":1}');
  });

  it('holds back whatever comes behind the CONNECT until the login is decided, a hundred messages as well', async () => {
    const client = await under.rawClient();
    client.send(connectPacket('pump-01'), ...Array.from({ length: 100 }, (_, index) => publishPacket(TELEMETRY, '{"a":1}', index + 1)));
    await until(() => client.ids('puback').length === 100, 'all acknowledgements');
  });

  it('takes nothing of what comes behind a CONNECT that is refused', async () => {
    const client = await under.rawClient();
    client.send({ ...connectPacket('pump-01'), password: Buffer.from('wrong') } as never, publishPacket(TELEMETRY, '{"a":1}', 1));
    assert.equal((await client.next('connack')).returnCode, 4);
    await client.untilClosed();
    assert.equal(under.taken.length, 0);
  });
});

describe('MQTT login', () => {
  let under: BrokerUnderTest;

  beforeEach(async () => {
    under = await startBroker();
  });

  afterEach(() => under.stop());

  it('refuses a wrong key with 4, audited once a minute and address', async () => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      assert.equal(await refusalOf(under.client('pump-01', { password: 'wrong' })), 4);
    }
    assert.equal(under.broker.stats().refusals.bad_credentials, 3);
    assert.equal(under.audited.length, 1);
    assert.deepEqual([under.audited[0]?.action, under.audited[0]?.target], ['mqtt.connect', 'pump-01']);
  });

  it('refuses an unknown device and a login without credentials', async () => {
    assert.equal(await refusalOf(under.client('nobody')), 4);
    const client = await under.rawClient();
    client.send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'x', keepalive: 0 });
    assert.equal((await client.next('connack')).returnCode, 4);
  });

  it('answers 3 when the login cannot be checked', async () => {
    const broken = await startBroker({
      authenticator: { byKey: () => Promise.reject(new Error('away')), byCertificate: () => Promise.resolve(undefined) },
    });
    try {
      assert.equal(await refusalOf(broken.client('pump-01')), 3);
      assert.equal(broken.broker.stats().refusals.login_unavailable, 1);
    } finally {
      await broken.stop();
    }
  });

  it('gives an empty client id a name in a clean session and refuses it with 2 otherwise', async () => {
    const client = await under.loggedIn('pump-01', { clientId: '' });
    client.send(publishPacket(TELEMETRY, '{"a":1}', 1));
    await client.next('puback');
    assert.match(under.taken[0]?.message.sender ?? '', /^pump-01\/.{8,}/);
    const refused = await under.rawClient();
    const bytes = mqttPacket.generate(connectPacket('pump-01', { clientId: '' }));
    bytes.writeUInt8(bytes.readUInt8(9) & ~0x02, 9); // The library refuses to send this: clean session off.
    refused.socket.write(bytes);
    assert.equal((await refused.next('connack')).returnCode, 2);
  });

  it('refuses control characters and excessive length in client ids', async () => {
    for (const clientId of ['a\u0000b', 'line\nbreak', 'x'.repeat(257)]) {
      const client = await under.rawClient();
      client.send(connectPacket('pump-01', { clientId }));
      assert.equal((await client.next('connack')).returnCode, 2);
    }
    assert.equal(under.broker.stats().refusals.bad_client_id, 3);
  });

  it('refuses MQTT 5 with 1', async () => {
    const client = await under.rawClient();
    client.socket.write(mqttPacket.generate({ ...connectPacket('pump-01'), protocolVersion: 5 } as never));
    assert.equal((await client.next('connack')).returnCode, 1);
    assert.equal(under.broker.stats().refusals.unsupported_version, 1);
  });

  it('speaks MQTT 3.1, with client ids of more than 23 characters', async () => {
    const client = await under.connect('pump-01', {
      protocolId: 'MQIsdp',
      protocolVersion: 3,
      clientId: 'a-client-with-a-rather-long-name',
    });
    await client.publishAsync(TELEMETRY, '{"a":1}', { qos: 1 });
    assert.equal(under.taken.length, 1);
  });

  it('lets a client of the same name take over, but never one of somebody else', async () => {
    const pump = await under.loggedIn('pump-01', { clientId: 'same' });
    const other = await under.loggedIn('pump-02', { clientId: 'same' });
    await roundTrip(pump);
    await roundTrip(other);
    assert.deepEqual([pump.closed, other.closed], [false, false]);
    await under.loggedIn('pump-01', { clientId: 'same' });
    await pump.untilClosed();
    await roundTrip(other);
    assert.equal(other.closed, false);
  });

  it('refuses a last will on a topic that is not the client’s', async () => {
    for (const topic of [topics.status('pump-02'), 'insa/alerts/critical', topics.command('pump-01'), 'a\u0000b']) {
      const client = await under.rawClient();
      client.send(connectPacket('pump-01', { will: { topic, payload: Buffer.from('offline') } }));
      assert.equal((await client.next('connack')).returnCode, 5);
    }
    assert.equal(under.broker.stats().refusals.foreign_will, 4);
  });

  it('answers 3 before it is opened, and logs in afterwards', async () => {
    const closed = await startBroker();
    try {
      await closed.broker.storageLost();
      assert.equal(await refusalOf(closed.client('pump-01')), 3);
      closed.broker.storageBack();
      await closed.connect('pump-01');
    } finally {
      await closed.stop();
    }
  });
});

describe('MQTT guards after the login', () => {
  let under: BrokerUnderTest;

  beforeEach(async () => {
    under = await startBroker({ limits: { subscriptions: 3 } });
  });

  afterEach(() => under.stop());

  it('takes a message of 256 KB and closes the connection on a larger one, by its announced length', async () => {
    const client = await under.loggedIn('pump-01');
    client.send(publishPacket(TELEMETRY, 'x'.repeat(256 * 1024), 1));
    await client.next('puback');
    assert.equal(under.taken[0]?.message.raw.length, 256 * 1024);
    client.socket.write(Buffer.from([0x32, 0x80, 0x80, 0x40])); // A PUBLISH of 1 MB begins.
    await client.untilClosed();
    assert.equal(under.broker.stats().refusals.packet_too_large, 1);
    await under.connect('pump-01');
  });

  it('closes the connection on malformed packets and counts them', async () => {
    const broken = [
      Buffer.from([0x36, 0x02, 0x00, 0x00]), // QoS 3.
      Buffer.from([0x82, 0x02, 0x00, 0x01, 0x80, 0x00]), // A SUBSCRIBE of nothing.
      Buffer.from([0x30, 0x04, 0x00, 0x20, 0x61, 0x62]), // A topic longer than its packet.
      Buffer.from([0xf0, 0x00]), // No such packet in 3.1.1.
    ];
    for (const bytes of broken) {
      const client = await under.loggedIn('pump-01');
      client.socket.write(bytes);
      await client.untilClosed();
    }
    assert.equal(under.broker.stats().refusals.malformed_packet, broken.length);
  });

  it('survives random bytes behind a login', async () => {
    let seed = 42;
    const random = () => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) % 256;
    for (let round = 0; round < 50; round += 1) {
      const client = await under.loggedIn('pump-01', { clientId: `r${round}` });
      client.socket.end(Buffer.from(Array.from({ length: 200 }, random)));
      await client.untilClosed();
    }
    await under.connect('pump-02');
  });

  it('closes the connection on a second CONNECT, wildcards, an empty topic and control characters in a topic', async () => {
    const bad = [
      connectPacket('pump-01'),
      ...['insa/devices/+/telemetry', 'insa/#', `${TELEMETRY}/a\u0000b`, `${TELEMETRY}/a\u0007b`].map((topic) =>
        publishPacket(topic, '1', 1),
      ),
    ];
    for (const packet of bad) {
      const client = await under.loggedIn('pump-01');
      client.socket.write(mqttPacket.generate(packet));
      await client.untilClosed();
      assert.deepEqual(client.ids('puback'), []);
    }
    assert.equal(under.taken.length, 0);
    assert.equal(under.broker.stats().refusals.bad_topic, 2);
  });

  it('grants at most the limit of subscriptions to a connection; an unsubscribe makes room', async () => {
    const client = await under.loggedIn('gateway');
    const filters = ['d1', 'd2', 'd3', 'd4'].map((id) => topics.command(id));
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: filters.map((topic) => ({ topic, qos: 1 as const })) });
    assert.deepEqual((await client.next('suback')).granted, [1, 1, 1, 128]);
    assert.equal(under.broker.stats().refusals.too_many_subscriptions, 1);
    client.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: [topics.command('d1')] });
    await client.next('unsuback');
    client.packets.length = 0;
    client.send({ cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: topics.command('d4'), qos: 0 }] });
    assert.deepEqual((await client.next('suback')).granted, [0]);
  });

  it('closes a connection that falls silent for one and a half times its keepalive', async () => {
    const client = await under.rawClient();
    client.send(connectPacket('pump-01', { keepalive: 1 }));
    await client.next('connack');
    await client.untilClosed();
    assert.equal(under.broker.stats().refusals.keepalive_timeout, 1);
  });

  it('cuts off a subscriber that reads nothing, while the others receive', async () => {
    const frozen = await under.loggedIn('gateway', { clientId: 'frozen' });
    frozen.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'insa/devices/+/command', qos: 1 }] });
    await frozen.next('suback');
    frozen.socket.pause();
    const device = await under.connect('pump-01');
    let received = 0;
    device.on('message', () => (received += 1));
    await device.subscribeAsync(topics.command('pump-01'), { qos: 1 });
    const payload = Buffer.alloc(200_000);
    for (let sent = 0; sent < 60; sent += 1) {
      await under.broker.publish({ tenantId: 'default', topic: topics.command('pump-01'), payload, qos: 1, retain: false });
    }
    await until(() => received === 60, 'all messages');
    await until(() => under.broker.stats().connections === 1, 'the frozen one to be cut off');
  });
});
