import assert from 'node:assert/strict';
import { MqttPersistenceRepository } from '../../src/storage/repositories/mqtt-persistence.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { publishPacket, startBroker, topics, until } from './support.ts';
import type { BrokerUnderTest, RawClient } from './support.ts';

const COMMAND = topics.command('pump-01');
const CONFIG = topics.config('pump-01');
const FOR_DEFAULT = { tenantId: 'default', qos: 1, retain: false } as const;

async function subscribe(client: RawClient, topic: string, qos: 0 | 1 | 2 = 1): Promise<void> {
  client.packets.length = 0;
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos }] });
  assert.deepEqual((await client.next('suback')).granted, [qos]);
}

describe('MQTT sessions in PostgreSQL', () => {
  let database: TestDatabase;
  let store: MqttPersistenceRepository;
  let under: BrokerUnderTest;
  const count = async (table: string) =>
    (await database.db.system.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]?.n;

  before(async () => {
    database = await createTestDatabase();
  });

  beforeEach(async () => {
    await database.db.system.query(
      'delete from mqtt_sessions; delete from mqtt_retained; delete from mqtt_wills; delete from mqtt_queue; delete from mqtt_incoming',
    );
    store = new MqttPersistenceRepository(database.db);
    under = await startBroker({ store });
  });

  afterEach(() => under.stop());
  after(() => database.drop());

  /** A new life of the broker on the same database. */
  async function restart(how: 'clean' | 'killed' = 'clean'): Promise<void> {
    const earlier = under;
    if (how === 'clean') await earlier.stop();
    under = await startBroker({ store });
    if (how === 'killed') await earlier.stop();
  }

  it('survive a restart with their subscriptions, and get what was queued before and after it, in order', async () => {
    const first = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    await subscribe(first, COMMAND);
    first.socket.destroy();
    await until(() => under.broker.stats().connections === 0, 'the connection to be gone');
    await under.broker.publish({ ...FOR_DEFAULT, topic: COMMAND, payload: 'one' });
    await under.broker.publish({ ...FOR_DEFAULT, topic: COMMAND, payload: 'two' });
    await restart();
    await under.broker.publish({ ...FOR_DEFAULT, topic: COMMAND, payload: 'three' });
    const second = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    assert.equal((await second.next('connack')).sessionPresent, true);
    await until(() => second.ids('publish').length === 3, 'three messages');
    const payloads = second.packets.flatMap((packet) => (packet.cmd === 'publish' ? [packet.payload.toString()] : []));
    assert.deepEqual(payloads, ['one', 'two', 'three']);
    for (const messageId of second.ids('publish')) second.send({ cmd: 'puback', messageId: messageId ?? 0 });
    await until(() => under.broker.stats().queued === 0, 'all to be acknowledged');
    await under.broker.publish({ ...FOR_DEFAULT, topic: COMMAND, payload: 'live' });
    await until(() => second.ids('publish').length === 4, 'the live message');
    second.send({ cmd: 'puback', messageId: second.ids('publish')[3] ?? 0 });
    await until(() => under.broker.stats().queued === 0, 'all to be acknowledged');
    await restart();
    assert.equal(await count('mqtt_queue'), 0);
    assert.equal(await count('mqtt_sessions'), 1);
  });

  it('have an acknowledged subscription stored when its SUBACK arrives', async () => {
    const client = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    await subscribe(client, COMMAND);
    assert.equal(await count('mqtt_sessions'), 1);
    await subscribe(client, CONFIG);
    const { rows } = await database.db.system.query<{ client_id: string; tenant_id: string; subscriptions: unknown }>(
      'select * from mqtt_sessions',
    );
    assert.deepEqual(
      rows.map(({ client_id, tenant_id, subscriptions }) => ({ client_id, tenant_id, subscriptions })),
      [
        {
          client_id: 'pump-01/s',
          tenant_id: 'default',
          subscriptions: [
            { topic: COMMAND, qos: 1 },
            { topic: CONFIG, qos: 1 },
          ],
        },
      ],
    );
    client.packets.length = 0;
    client.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: [COMMAND, CONFIG] });
    await client.next('unsuback');
    assert.equal(await count('mqtt_sessions'), 0);
  });

  it('are given up by a clean session of the same client, queue included', async () => {
    const first = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    await subscribe(first, COMMAND);
    first.socket.destroy();
    await until(() => under.broker.stats().connections === 0, 'the connection to be gone');
    await under.broker.publish({ ...FOR_DEFAULT, topic: COMMAND, payload: 'old' });
    const clean = await under.loggedIn('pump-01', { clientId: 's', clean: true });
    const { sessions, queued } = under.broker.stats();
    assert.deepEqual({ sessions, queued }, { sessions: 0, queued: 0 });
    clean.socket.destroy();
    await restart();
    assert.equal(await count('mqtt_sessions'), 0);
    assert.equal(await count('mqtt_queue'), 0);
  });

  it('retained messages survive a restart, with their last payload, and stay removed', async () => {
    await under.broker.publish({ ...FOR_DEFAULT, topic: CONFIG, payload: 'first', retain: true });
    await under.broker.publish({ ...FOR_DEFAULT, topic: CONFIG, payload: Buffer.from([0, 255, 1]), retain: true });
    await under.broker.publish({ ...FOR_DEFAULT, topic: topics.config('pump-02'), payload: 'gone', retain: true });
    await restart();
    await under.broker.publish({ ...FOR_DEFAULT, topic: topics.config('pump-02'), payload: '', retain: true });
    await restart();
    assert.equal(under.broker.stats().retained, 1);
    const client = await under.loggedIn('pump-01');
    await subscribe(client, CONFIG);
    const packet = await client.next('publish');
    assert.deepEqual([...Buffer.from(packet.payload)], [0, 255, 1]);
    assert.equal(packet.retain, true);
  });

  it('a QoS 2 message taken before a restart is recognised after it', async () => {
    const first = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    first.send(publishPacket(topics.telemetry('pump-01'), '{"a":1}', 5, 2));
    await first.next('pubrec');
    await restart();
    const second = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    second.send({ cmd: 'publish', topic: topics.telemetry('pump-01'), payload: '{"a":1}', qos: 2, messageId: 5, retain: false, dup: true });
    await second.next('pubrec');
    second.send({ cmd: 'pubrel', messageId: 5 });
    await second.next('pubcomp');
    assert.equal(under.taken.length, 0);
    await restart();
    assert.equal(await count('mqtt_incoming'), 0);
  });

  it('a half-delivered QoS 2 message goes on where it stopped, with its number', async () => {
    const first = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    await subscribe(first, COMMAND, 2);
    await under.broker.publish({ ...FOR_DEFAULT, qos: 2, topic: COMMAND, payload: 'start' });
    const { messageId } = await first.next('publish');
    first.send({ cmd: 'pubrec', messageId: messageId ?? 0 });
    await first.next('pubrel');
    await restart();
    const second = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    assert.equal((await second.next('pubrel')).messageId, messageId);
    assert.deepEqual(second.ids('publish'), []);
    second.send({ cmd: 'pubcomp', messageId: messageId ?? 0 });
    await until(() => under.broker.stats().queued === 0, 'the end of the handshake');
  });

  it('wills of connections whose end nobody saw are published at the next start, once', async () => {
    const will = { topic: topics.status('pump-01'), payload: Buffer.from('"offline"') };
    await under.loggedIn('pump-01', { will });
    await until(async () => (await count('mqtt_wills')) === 1, 'the will to be stored');
    await restart('killed');
    await until(() => under.presence.some(({ deviceId, status }) => deviceId === 'pump-01' && status === 'offline'), 'the presence');
    assert.equal(under.broker.stats().retained, 1);
    await restart();
    assert.equal(await count('mqtt_wills'), 0);
    assert.deepEqual(under.presence, []);
    assert.equal(under.broker.stats().retained, 1);
  });

  it('nothing is refused while the database is away, and everything is written when it is back', async () => {
    let isAway = true;
    const flaky = {
      load: () => store.load(),
      write: (changes: Parameters<typeof store.write>[0]) =>
        isAway ? Promise.reject(Object.assign(new Error('gone'), { code: '57P01' })) : store.write(changes),
      isPassing: (error: unknown) => store.isPassing(error),
    };
    const other = await startBroker({ store: flaky });
    try {
      const client = await other.loggedIn('pump-01', { clientId: 's', clean: false });
      await subscribe(client, COMMAND);
      client.socket.destroy();
      await until(() => other.broker.stats().connections === 0, 'the connection to be gone');
      for (let sent = 0; sent < 1_100; sent += 1) await other.broker.publish({ ...FOR_DEFAULT, topic: COMMAND, payload: String(sent) });
      assert.equal(other.broker.stats().queued, 1_000);
      assert.equal(other.broker.stats().queueDropped, 100);
      assert.equal(await count('mqtt_queue'), 0);
      isAway = false;
      await until(async () => (await count('mqtt_queue')) === 1_000 && (await count('mqtt_sessions')) === 1, 'the state to be written');
    } finally {
      await other.stop();
    }
  });

  it('a record that the database refuses does not keep the others from being written', async () => {
    const client = await under.loggedIn('alien-01', { clientId: 's', clean: false }); // Its tenant does not exist here.
    const pump = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    const filters = [topics.command('alien-01'), COMMAND];
    for (const [index, who] of [client, pump].entries())
      who.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filters[index] ?? '', qos: 1 }] });
    await client.next('suback');
    await pump.next('suback');
    assert.equal(await count('mqtt_sessions'), 1);
  });
});
