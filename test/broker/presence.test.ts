import assert from 'node:assert/strict';
import { connectPacket, publishPacket, roundTrip, startBroker, topics, until } from './support.ts';
import type { BrokerUnderTest } from './support.ts';

const STATUS = topics.status('pump-01');
const WILL = { topic: STATUS, payload: Buffer.from('"offline"') };

describe('MQTT presence', () => {
  let under: BrokerUnderTest;
  const statuses = () => under.presence.map(({ deviceId, status }) => `${deviceId} ${status}`);
  const isLast = (expected: string) => () => statuses().at(-1) === expected && under.broker.stats().connections === 0;

  beforeEach(async () => {
    under = await startBroker();
  });

  afterEach(() => under.stop());

  it('is online with the connection and offline with its end, polite or not', async () => {
    const polite = await under.loggedIn('pump-01');
    await until(() => statuses().at(-1) === 'pump-01 online', 'online');
    assert.equal(under.presence[0]?.tenantId, 'default');
    polite.send({ cmd: 'disconnect' });
    await until(isLast('pump-01 offline'), 'offline');
    const rude = await under.loggedIn('pump-01');
    await until(() => statuses().at(-1) === 'pump-01 online', 'online');
    rude.socket.resetAndDestroy();
    await until(isLast('pump-01 offline'), 'offline');
  });

  it('takes the status topic in all its forms, and keeps it retained', async () => {
    const client = await under.connect('pump-01');
    for (const payload of ['error', '"offline"', '{"status":"online","battery":3}', ' error '])
      await client.publishAsync(STATUS, payload, { qos: 1, retain: true });
    assert.deepEqual(statuses().slice(-4), ['pump-01 error', 'pump-01 offline', 'pump-01 online', 'pump-01 error']);
    assert.equal(under.broker.stats().retained, 1);
    await client.publishAsync(STATUS, '', { qos: 1, retain: true });
    assert.equal(under.broker.stats().retained, 0);
  });

  it('acknowledges, counts, writes down and drops what is no status', async () => {
    const client = await under.connect('pump-01');
    await until(() => statuses().length === 1, 'online');
    for (const payload of ['asleep', '{"status":7}', '[]', '{', 'x'.repeat(5_000)])
      await client.publishAsync(STATUS, payload, { qos: 1, retain: true });
    assert.deepEqual(statuses(), ['pump-01 online']);
    assert.equal(under.broker.stats().refusals.bad_status, 5);
    assert.deepEqual(
      under.audited.map(({ actor, action, target }) => [actor, action, target]),
      [['device:pump-01', 'mqtt.publish', STATUS]],
      'written down, at most once a minute',
    );
    assert.equal(under.broker.stats().retained, 0);
  });

  it('publishes the last will of a connection that breaks, and not of one that says goodbye', async () => {
    const polite = await under.loggedIn('pump-01', { will: WILL });
    polite.send({ cmd: 'disconnect' });
    await until(isLast('pump-01 offline'), 'offline');
    assert.equal(under.broker.stats().retained, 0);
    const rude = await under.loggedIn('pump-01', { will: WILL });
    rude.socket.resetAndDestroy();
    await until(isLast('pump-01 offline'), 'offline');
    await until(() => under.broker.stats().retained === 1, 'the will');
  });

  it('is offline when the keepalive runs out', async () => {
    const client = await under.rawClient();
    client.send(connectPacket('pump-01', { keepalive: 1, will: WILL }));
    await client.next('connack');
    await until(isLast('pump-01 offline'), 'offline');
  });

  it('stays online when a client takes its own place, whatever the old will says', async () => {
    await under.loggedIn('pump-01', { clientId: 'same', will: WILL });
    const second = await under.loggedIn('pump-01', { clientId: 'same', will: WILL });
    second.send(publishPacket(STATUS, 'online', 1));
    await second.next('puback');
    await until(() => under.broker.stats().connections === 1, 'the first to be gone');
    await roundTrip(second);
    assert.equal(statuses().at(-1), 'pump-01 online');
    assert.equal(under.broker.stats().retained, 0);
    second.socket.resetAndDestroy();
    await until(isLast('pump-01 offline'), 'offline');
    await until(() => under.broker.stats().retained === 1, 'the will of the second');
  });

  it('stays online as long as one of several connections does', async () => {
    const first = await under.loggedIn('pump-01', { clientId: 'a', will: WILL });
    const second = await under.loggedIn('pump-01', { clientId: 'b' });
    first.socket.resetAndDestroy();
    await until(() => under.broker.stats().connections === 1, 'the first to be gone');
    await roundTrip(second);
    assert.equal(statuses().at(-1), 'pump-01 online');
    second.socket.destroy();
    await until(isLast('pump-01 offline'), 'offline');
  });

  it('does not change with the connection of a gateway, but with what it publishes', async () => {
    const client = await under.connect('gateway');
    await client.publishAsync(STATUS, 'online', { qos: 1 });
    await client.endAsync();
    await until(() => under.broker.stats().connections === 0, 'the gateway to be gone');
    assert.deepEqual(statuses(), ['pump-01 online']);
  });

  it('repeats what could not be recorded, newest only', async () => {
    let isAway = true;
    under.beforePresence = () => (isAway ? Promise.reject(new Error('the database is away')) : Promise.resolve());
    const first = await under.loggedIn('pump-01');
    first.socket.destroy();
    await until(() => under.broker.stats().connections === 0, 'the connection to be gone');
    isAway = false;
    await until(() => statuses().length > 0, 'the presence');
    assert.deepEqual(statuses(), ['pump-01 offline']);
  });

  it('closes all connections without wills when storage is lost, refuses logins with 3 and comes back', async () => {
    const client = await under.loggedIn('pump-01', { will: WILL });
    await under.broker.storageLost();
    await client.untilClosed();
    const refused = await under.rawClient();
    refused.send(connectPacket('pump-01'));
    assert.equal((await refused.next('connack')).returnCode, 3);
    await until(isLast('pump-01 offline'), 'offline');
    assert.equal(under.broker.stats().retained, 0);
    under.broker.storageBack();
    await under.loggedIn('pump-01');
    await until(() => statuses().at(-1) === 'pump-01 online', 'online');
  });
});
