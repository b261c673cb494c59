import assert from 'node:assert/strict';
import type { Settlement } from '../../src/sources/types.ts';
import { publishPacket, roundTrip, startBroker, STORED, topics, until } from './support.ts';
import type { BrokerUnderTest } from './support.ts';

const TELEMETRY = topics.telemetry('pump-01');
const REJECTED: Settlement = { kind: 'rejected', reason: 'malformed_json', field: null, message: 'not JSON', rejected: [] };
const UNAVAILABLE: Settlement = { kind: 'unavailable', code: 'STORAGE_UNAVAILABLE', message: 'the database is away' };

describe('MQTT acknowledgement', () => {
  let under: BrokerUnderTest;

  beforeEach(async () => {
    under = await startBroker();
  });

  afterEach(() => under.stop());

  it('hands over the message as it came and acknowledges it when it is settled, not before', async () => {
    under.holds = true;
    const client = await under.loggedIn('pump-01', { clientId: 'c' });
    client.send(publishPacket(TELEMETRY, '{"temperature": 1}', 7));
    await until(() => under.taken.length === 1, 'the message');
    const [taken] = under.taken;
    assert.ok(taken);
    assert.equal(taken.message.raw.toString(), '{"temperature": 1}');
    assert.equal(taken.message.deviceId, 'pump-01');
    assert.equal(taken.message.key, undefined);
    assert.equal(taken.message.topic, TELEMETRY);
    assert.equal(taken.message.kind, 'mqtt');
    assert.equal(taken.message.sender, 'pump-01/c');
    assert.equal(taken.message.principal.tenantId, 'default');
    await roundTrip(client);
    assert.deepEqual(client.ids('puback'), []);
    taken.settle(STORED);
    assert.equal((await client.next('puback')).messageId, 7);
    assert.equal(under.broker.stats().unsettledBytes, 0);
  });

  it('names the key of a telemetry/{key} topic', async () => {
    const client = await under.connect('pump-01');
    await client.publishAsync(`${TELEMETRY}/temperature`, '28.5', { qos: 1 });
    assert.equal(under.taken[0]?.message.key, 'temperature');
  });

  it('acknowledges in the order of arrival, whatever the order of settlement', async () => {
    under.holds = true;
    const client = await under.loggedIn('pump-01');
    client.send(...[1, 2, 3, 4].map((id) => publishPacket(TELEMETRY, '{"a":1}', id)));
    await until(() => under.taken.length === 4, 'four messages');
    for (const index of [3, 1, 2]) under.taken[index]?.settle(STORED);
    await roundTrip(await under.loggedIn('pump-02')); // aedes reads on when a chunk is settled; by now an acknowledgement would be here.
    assert.deepEqual(client.ids('puback'), []);
    under.taken[0]?.settle(STORED);
    await until(() => client.ids('puback').length === 4, 'all acknowledgements');
    assert.deepEqual(client.ids('puback'), [1, 2, 3, 4]);
  });

  it('keeps the order between telemetry and a status that is recorded slowly', async () => {
    let record: () => void = () => undefined;
    under.beforePresence = (change) => (change.status === 'error' ? new Promise((resolve) => (record = resolve)) : Promise.resolve());
    const client = await under.loggedIn('pump-01');
    client.send(publishPacket(topics.status('pump-01'), 'error', 1), publishPacket(TELEMETRY, '{"a":1}', 2));
    await until(() => under.taken.length === 1, 'the telemetry');
    await roundTrip(await under.loggedIn('pump-02'));
    assert.deepEqual(client.ids('puback'), []);
    record();
    await until(() => client.ids('puback').length === 2, 'both acknowledgements');
    assert.deepEqual(client.ids('puback'), [1, 2]);
  });

  it('acknowledges what was rejected or discarded', async () => {
    under.holds = true;
    const client = await under.loggedIn('pump-01');
    client.send(publishPacket(TELEMETRY, 'nonsense', 1), publishPacket(TELEMETRY, '{}', 2));
    await until(() => under.taken.length === 2, 'both messages');
    under.taken[0]?.settle(REJECTED);
    under.taken[1]?.settle({ kind: 'discarded' });
    await until(() => client.ids('puback').length === 2, 'both acknowledgements');
  });

  it('closes the connection on what is unavailable, without its will, and acknowledges nothing behind it', async () => {
    under.holds = true;
    const will = { topic: topics.status('pump-01'), payload: Buffer.from('offline') };
    const client = await under.loggedIn('pump-01', { will });
    client.send(...[1, 2, 3].map((id) => publishPacket(TELEMETRY, '{"a":1}', id)));
    await until(() => under.taken.length === 3, 'three messages');
    under.taken[2]?.settle(STORED);
    under.taken[1]?.settle(UNAVAILABLE);
    under.taken[0]?.settle(STORED);
    await client.untilClosed();
    assert.deepEqual(client.ids('puback'), [1]);
    assert.equal(under.broker.stats().refusals.unavailable, 1);
    await until(() => under.broker.stats().connections === 0, 'the connection to be gone');
    assert.equal(under.broker.stats().retained, 0);
  });

  it('stays connected when a QoS 0 message was not taken', async () => {
    under.settlement = UNAVAILABLE;
    const client = await under.loggedIn('pump-01');
    client.send(publishPacket(TELEMETRY, '{"a":1}', 0, 0));
    await until(() => under.broker.stats().refusals.unavailable === 1, 'the count');
    await roundTrip(client);
    assert.equal(client.closed, false);
  });

  it('does not hand over a QoS 2 message again that it has, neither in the connection nor in the next of the session', async () => {
    const first = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    first.send(publishPacket(TELEMETRY, '{"a":1}', 5, 2));
    await first.next('pubrec');
    first.send({ cmd: 'publish', topic: TELEMETRY, payload: '{"a":1}', qos: 2, messageId: 5, retain: false, dup: true });
    await until(() => first.ids('pubrec').length === 2, 'the second PUBREC');
    first.socket.destroy();
    await until(() => under.broker.stats().connections === 0, 'the connection to be gone');
    const second = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    second.send({ cmd: 'publish', topic: TELEMETRY, payload: '{"a":1}', qos: 2, messageId: 5, retain: false, dup: true });
    await second.next('pubrec');
    second.send({ cmd: 'pubrel', messageId: 5 });
    await second.next('pubcomp');
    assert.equal(under.taken.length, 1);
    second.send(publishPacket(TELEMETRY, '{"a":2}', 5, 2));
    await until(() => under.taken.length === 2, 'the next message of that number');
  });

  it('takes another QoS 2 message under a number that was never released for new', async () => {
    const first = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    first.send(publishPacket(TELEMETRY, '{"a":1}', 1, 2));
    await first.next('pubrec');
    first.socket.destroy();
    await until(() => under.broker.stats().connections === 0, 'the connection to be gone');
    const second = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    second.send(publishPacket(TELEMETRY, '{"a":1}', 1, 2));
    await second.next('pubrec');
    assert.equal(under.taken.length, 1, 'the same message without the DUP flag is a repeat');
    second.send(publishPacket(TELEMETRY, '{"a":2}', 1, 2));
    await until(() => second.ids('pubrec').length === 2, 'the next PUBREC');
    assert.deepEqual(
      under.taken.map(({ message }) => message.raw.toString()),
      ['{"a":1}', '{"a":2}'],
    );
  });

  it('recognises a QoS 2 message that was settled after its connection had ended', async () => {
    under.holds = true;
    const first = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    first.send(publishPacket(TELEMETRY, '{"a":1}', 5, 2));
    await until(() => under.taken.length === 1, 'the message');
    first.socket.destroy();
    await until(() => under.broker.stats().connections === 0, 'the connection to be gone');
    under.taken[0]?.settle(STORED);
    const second = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    second.send({ cmd: 'publish', topic: TELEMETRY, payload: '{"a":1}', qos: 2, messageId: 5, retain: false, dup: true });
    await second.next('pubrec');
    assert.equal(under.taken.length, 1);
    assert.equal(under.broker.stats().unsettledBytes, 0);
  });

  it('never forwards telemetry as retained, nor what was rejected', async () => {
    const listener = await under.loggedIn('pump-01', { clientId: 'listener' });
    listener.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'insa/devices/pump-01/#', qos: 1 }] });
    await listener.next('suback');
    const client = await under.connect('pump-01', { clientId: 'sender' });
    under.settlement = REJECTED;
    await client.publishAsync(TELEMETRY, 'nonsense', { qos: 1 });
    under.settlement = STORED;
    await client.publishAsync(TELEMETRY, '{"a":1}', { qos: 1, retain: true });
    const publish = await listener.next('publish');
    assert.equal(publish.payload.toString(), '{"a":1}');
    assert.equal(publish.retain, false);
    assert.equal(under.broker.stats().retained, 0);
  });
});

describe('MQTT back-pressure', () => {
  let under: BrokerUnderTest;

  afterEach(() => under.stop());

  it('takes at most the limit of unsettled messages from a connection and goes on when they are settled', async () => {
    under = await startBroker({ limits: { unsettled: 10 } });
    under.holds = true;
    const client = await under.loggedIn('pump-01');
    client.send(...Array.from({ length: 35 }, (_, index) => publishPacket(TELEMETRY, '{"a":1}', index + 1)));
    await until(() => under.taken.length === 10, 'ten messages');
    const other = await under.loggedIn('pump-02');
    await roundTrip(other); // The rest of the world goes on, and by now more would have come.
    assert.equal(under.taken.length, 10);
    for (let settled = 0; settled < 35; settled += 1) {
      await until(() => under.taken.length > settled, `message ${settled + 1}`);
      assert.ok(under.taken.length <= settled + 10);
      under.taken[settled]?.settle(STORED);
    }
    await until(() => client.ids('puback').length === 35, 'all acknowledgements');
    assert.deepEqual(
      client.ids('puback'),
      Array.from({ length: 35 }, (_, index) => index + 1),
    );
  });

  it('stops reading everywhere when too many bytes are unsettled, and goes on when there is room', async () => {
    under = await startBroker({ limits: { intakeBytes: 10_000 } });
    under.holds = true;
    const payload = `"${'x'.repeat(2_000)}"`;
    const first = await under.loggedIn('pump-01');
    first.send(...[1, 2, 3, 4, 5, 6, 7, 8].map((id) => publishPacket(TELEMETRY, payload, id)));
    await until(() => under.broker.stats().unsettledBytes >= 10_000, 'a full budget');
    const second = await under.loggedIn('pump-02');
    second.send(publishPacket(topics.telemetry('pump-02'), payload, 1));
    const third = await under.loggedIn('pump-01', { clientId: 'third' });
    await roundTrip(third);
    assert.equal(under.taken.length, 5);
    for (let settled = 0; settled < 9; settled += 1) {
      await until(() => under.taken.length > settled, `message ${settled + 1}`);
      under.taken[settled]?.settle(STORED);
    }
    await second.next('puback');
    await until(() => first.ids('puback').length === 8, 'all acknowledgements');
    assert.equal(under.broker.stats().unsettledBytes, 0);
  });

  it('gives back the bytes of a connection that ends', async () => {
    under = await startBroker({ limits: { unsettled: 2 } });
    under.holds = true;
    const client = await under.loggedIn('pump-01');
    client.send(...[1, 2, 3, 4].map((id) => publishPacket(TELEMETRY, '{"a":1}', id)));
    await until(() => under.taken.length === 2, 'two messages');
    under.broker.disconnectDevice('pump-01');
    await until(() => under.broker.stats().connections === 0, 'the connection to be gone');
    for (const taken of under.taken) taken.settle(STORED);
    assert.equal(under.broker.stats().unsettledBytes, 0);
  });
});
