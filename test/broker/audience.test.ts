import assert from 'node:assert/strict';
import { MqttPersistenceRepository } from '../../src/storage/repositories/mqtt-persistence.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { startBroker, topics, until } from './support.ts';
import type { BrokerUnderTest } from './support.ts';

const COMMAND = topics.command('pump-01');
const CONFIG = topics.config('pump-01');
const FOR_DEFAULT = { tenantId: 'default', qos: 1, retain: false } as const;

describe('who would get a message of the platform', () => {
  let database: TestDatabase;
  let store: MqttPersistenceRepository;
  let under: BrokerUnderTest;

  before(async () => {
    database = await createTestDatabase();
    store = new MqttPersistenceRepository(database.db);
  });
  beforeEach(async () => {
    await database.db.system.query('delete from mqtt_sessions; delete from mqtt_queue; delete from mqtt_retained');
    under = await startBroker({ store });
  });
  afterEach(() => under.stop());
  after(() => database.drop());

  const audience = () => under.broker.audienceOf('default', COMMAND);
  const gone = () => until(() => under.broker.stats().connections === 0, 'the connections to be gone');

  it('is nobody, a client that is connected, or a session that waits for its client', async () => {
    assert.equal(audience(), 'none');
    const clean = await under.connect('pump-01', { clientId: 'clean' });
    assert.equal(audience(), 'none', 'connected, and subscribed to nothing');
    await clean.subscribeAsync(CONFIG);
    assert.equal(audience(), 'none', 'subscribed to something else');
    await clean.subscribeAsync('insa/devices/pump-01/#');
    assert.equal(audience(), 'connected');
    await clean.unsubscribeAsync('insa/devices/pump-01/#');
    assert.equal(audience(), 'none');
    const kept = await under.connect('pump-01', { clientId: 'kept', clean: false });
    await kept.subscribeAsync(COMMAND, { qos: 1 });
    assert.equal(audience(), 'connected');
    await kept.endAsync();
    await clean.endAsync();
    await gone();
    assert.equal(audience(), 'queued');
    await under.stop();
    under = await startBroker({ store });
    assert.equal(audience(), 'queued', 'after a restart too');
    await under.connect('pump-01', { clientId: 'kept', clean: false });
    await until(() => audience() === 'connected', 'the session to have its client again');
  });

  it('does not count sessions that nothing is queued for, and other tenants', async () => {
    const light = await under.connect('pump-01', { clientId: 'light', clean: false });
    await light.subscribeAsync(COMMAND, { qos: 0 });
    await light.endAsync();
    await gone();
    assert.equal(audience(), 'none', 'QoS 0 is not kept');
    const alien = await under.connect('alien-gateway', { clean: false, clientId: 'a' });
    await alien.subscribeAsync('insa/devices/+/command', { qos: 1 });
    assert.equal(audience(), 'none');
    await alien.endAsync();
    await gone();
    assert.equal(audience(), 'none');
    const gateway = await under.connect('gateway', { clean: false, clientId: 'g' });
    await gateway.subscribeAsync('insa/devices/+/command', { qos: 1 });
    assert.equal(audience(), 'connected');
    await gateway.endAsync();
    await gone();
    assert.equal(audience(), 'queued');
  });

  it('does not get what was taken back while it was away, and gets the rest', async () => {
    const first = await under.connect('pump-01', { clientId: 'kept', clean: false });
    await first.subscribeAsync([COMMAND, CONFIG], { qos: 1 });
    await first.endAsync();
    await gone();
    for (const payload of ['one', 'two', 'three']) await under.broker.publish({ ...FOR_DEFAULT, topic: COMMAND, payload });
    await under.broker.publish({ ...FOR_DEFAULT, topic: CONFIG, payload: 'two' });
    under.broker.withdraw(COMMAND, (payload) => payload.toString() === 'two');
    assert.equal(under.broker.stats().queued, 3);
    await under.stop();
    under = await startBroker({ store });
    const second = under.client('pump-01', { clientId: 'kept', clean: false });
    const heard: string[] = [];
    second.on('message', (topic, payload) => heard.push(`${topic.split('/').at(-1) ?? ''} ${payload.toString()}`));
    await until(() => heard.length === 3, 'three messages');
    assert.deepEqual(heard, ['command one', 'command three', 'config two']);
  });

  it('leaves what a client was sent already', async () => {
    const client = await under.loggedIn('pump-01', { clientId: 'slow', clean: false });
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: COMMAND, qos: 1 }] });
    await client.next('suback');
    await under.broker.publish({ ...FOR_DEFAULT, topic: COMMAND, payload: 'sent' });
    const { messageId } = await client.next('publish');
    under.broker.withdraw(COMMAND, () => true);
    assert.equal(under.broker.stats().queued, 1);
    client.send({ cmd: 'puback', messageId: messageId ?? 0 });
    await until(() => under.broker.stats().queued === 0, 'its acknowledgement');
  });

  it('knows what a topic keeps', async () => {
    assert.equal(under.broker.retainedOn(CONFIG), undefined);
    await under.broker.publish({ ...FOR_DEFAULT, topic: CONFIG, payload: '{"a":1}', retain: true });
    assert.equal(under.broker.retainedOn(CONFIG)?.toString(), '{"a":1}');
  });
});
