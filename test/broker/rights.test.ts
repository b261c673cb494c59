import assert from 'node:assert/strict';
import { AppError } from '../../src/core/errors.ts';
import { publishPacket, roundTrip, startBroker, topics, until } from './support.ts';
import type { BrokerUnderTest, RawClient } from './support.ts';

const NOW_AND_HERE = { qos: 1, retain: false, tenantId: 'default' } as const;

async function granted(client: RawClient, topic: string): Promise<number | undefined> {
  client.packets.length = 0;
  client.send({ cmd: 'subscribe', messageId: 9, subscriptions: [{ topic, qos: 1 }] });
  const [first] = (await client.next('suback')).granted;
  return typeof first === 'number' ? first : undefined;
}

describe('MQTT topic rights', () => {
  let under: BrokerUnderTest;

  beforeEach(async () => {
    under = await startBroker();
  });

  afterEach(() => under.stop());

  it('lets a device publish its telemetry, status and answers, and nothing else', async () => {
    const own = [topics.telemetry('pump-01'), `${topics.telemetry('pump-01')}/speed`, topics.status('pump-01')];
    const client = await under.connect('pump-01');
    for (const topic of own) await client.publishAsync(topic, 'online', { qos: 1 });
    await client.publishAsync(`${topics.command('pump-01')}/response`, '{"id":"1"}', { qos: 1 });
    await client.publishAsync('insa/devices/pump-01/commands', '{"id":"2"}', { qos: 1 });
    assert.equal(under.taken.length, 2);
    assert.deepEqual(
      under.responses.map(({ deviceId, payload }) => [deviceId, payload.toString()]),
      [
        ['pump-01', '{"id":"1"}'],
        ['pump-01', '{"id":"2"}'],
      ],
    );
    const foreign = [
      topics.telemetry('pump-02'),
      topics.status('pump-02'),
      topics.config('pump-01'),
      topics.command('pump-01'),
      topics.alert('critical'),
      'insa/devices/pump-01/other',
      'elsewhere',
      '$SYS/x/new/clients',
    ];
    for (const topic of foreign) {
      const refused = await under.loggedIn('pump-01', { clientId: 'refused' });
      refused.send(publishPacket(topic, '1', 1));
      await refused.untilClosed();
      assert.deepEqual(refused.ids('puback'), [], topic);
    }
    assert.equal(under.taken.length, 2);
    assert.equal(under.broker.stats().refusals.foreign_topic, foreign.length);
    assert.equal(under.audited.filter(({ action }) => action === 'mqtt.publish').length, 1);
  });

  it('lets a gateway publish for any device and sends its devices’ messages on with their names', async () => {
    const client = await under.connect('gateway');
    await client.publishAsync(topics.telemetry('new-01'), '{"a":1}', { qos: 1 });
    await client.publishAsync(`${topics.telemetry('new-02')}/speed`, '1', { qos: 1 });
    await client.publishAsync(topics.status('new-01'), '"online"', { qos: 1 });
    assert.deepEqual(
      under.taken.map(({ message }) => [message.deviceId, message.key]),
      [
        ['new-01', undefined],
        ['new-02', 'speed'],
      ],
    );
    assert.deepEqual(
      under.presence.map(({ deviceId, status }) => [deviceId, status]),
      [['new-01', 'online']],
    );
  });

  it('refuses programs to publish', async () => {
    const client = await under.loggedIn('program');
    client.send(publishPacket(topics.telemetry('pump-01'), '{"a":1}', 1));
    await client.untilClosed();
    assert.equal(under.taken.length, 0);
  });

  it('answers 128 to foreign filters and grants one’s own', async () => {
    const cases: [string, string, number][] = [
      ['pump-01', topics.command('pump-01'), 1],
      ['pump-01', topics.config('pump-01'), 1],
      ['pump-01', 'insa/devices/pump-01/#', 1],
      ['pump-01', topics.command('pump-02'), 128],
      ['pump-01', 'insa/devices/+/command', 128],
      ['pump-01', 'insa/devices/#', 128],
      ['pump-01', '#', 128],
      ['pump-01', '+/#', 128],
      ['pump-01', '$SYS/#', 128],
      ['pump-01', 'insa/alerts/#', 128],
      ['gateway', 'insa/devices/+/command', 1],
      ['gateway', 'insa/devices/+/config', 1],
      ['gateway', topics.command('pump-02'), 1],
      ['gateway', 'insa/devices/+/telemetry', 128],
      ['gateway', 'insa/devices/+/+', 128],
      ['gateway', 'insa/devices/#', 128],
      ['gateway', 'insa/alerts/#', 128],
      ['program', 'insa/alerts/#', 1],
      ['program', 'insa/alerts/+', 1],
      ['program', 'insa/alerts/critical', 1],
      ['program', 'insa/devices/#', 128],
      ['program', '#', 128],
      ['program', 'insa/other/#', 128],
      ['program', '+/alarms', 128],
      ['program', '$SYS/#', 128],
      ['program', 'plant/+/alarms', 1],
      ['program', 'plant/#', 1],
      ['blind', 'insa/alerts/#', 128],
      ['blind', 'plant/#', 128],
      ['pump-01', 'plant/#', 128],
      ['gateway', 'plant/#', 128],
    ];
    for (const [username, filter, expected] of cases) {
      const client = await under.loggedIn(username, { clientId: 'c' });
      assert.equal(await granted(client, filter), expected, `${username} on ${filter}`);
      assert.equal(client.closed, false);
      client.socket.destroy();
    }
    assert.equal(under.broker.stats().refusals.foreign_filter, cases.filter(([, , expected]) => expected === 128).length);
  });

  it('grants what is allowed of a mixed SUBSCRIBE, and its session never receives the rest', async () => {
    const first = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    const filters = [topics.command('pump-01'), topics.command('pump-02'), topics.config('pump-01')];
    first.send({ cmd: 'subscribe', messageId: 1, subscriptions: filters.map((topic) => ({ topic, qos: 1 as const })) });
    assert.deepEqual((await first.next('suback')).granted, [1, 128, 1]);
    first.socket.destroy();
    await until(() => under.broker.stats().connections === 0, 'the connection to be gone');
    for (const id of ['pump-02', 'pump-01']) await under.broker.publish({ ...NOW_AND_HERE, topic: topics.command(id), payload: id });
    assert.equal(under.broker.stats().queued, 1);
    const second = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    assert.equal((await second.next('publish')).payload.toString(), 'pump-01');
  });

  it('keeps tenants apart where they share topics: live, queued and retained', async () => {
    const gateway = await under.loggedIn('gateway', { clientId: 'g', clean: false });
    const alien = await under.loggedIn('alien-gateway', { clientId: 'g', clean: false });
    for (const client of [gateway, alien]) assert.equal(await granted(client, 'insa/devices/+/command'), 1);
    await under.broker.publish({ ...NOW_AND_HERE, topic: topics.command('pump-01'), payload: 'for default' });
    await under.broker.publish({ ...NOW_AND_HERE, tenantId: 'other', topic: topics.command('alien-01'), payload: 'for other' });
    assert.equal((await gateway.next('publish')).payload.toString(), 'for default');
    assert.equal((await alien.next('publish')).payload.toString(), 'for other');
    await under.broker.publish({ ...NOW_AND_HERE, topic: topics.config('pump-01'), payload: 'retained', retain: true });
    assert.equal(await granted(alien, 'insa/devices/+/config'), 1);
    await roundTrip(alien);
    assert.equal(alien.packets.filter(({ cmd }) => cmd === 'publish').length, 0);
    assert.equal(await granted(gateway, 'insa/devices/+/config'), 1);
    assert.equal((await gateway.next('publish')).payload.toString(), 'retained');
  });

  it('lets no gateway clear the retained status of another tenant’s device', async () => {
    const device = await under.connect('alien-01');
    await device.publishAsync(topics.status('alien-01'), 'online', { qos: 1, retain: true });
    const gateway = await under.connect('gateway');
    await gateway.publishAsync(topics.status('alien-01'), '', { qos: 1, retain: true });
    assert.equal(under.broker.stats().retained, 1);
    await device.publishAsync(topics.status('alien-01'), '', { qos: 1, retain: true });
    assert.equal(under.broker.stats().retained, 0);
  });

  it('delivers alerts, commands and retained configuration', async () => {
    await under.broker.publish({ ...NOW_AND_HERE, topic: topics.config('pump-01'), payload: '{"interval":5}', retain: true });
    const program = await under.loggedIn('program');
    assert.equal(await granted(program, 'insa/alerts/#'), 1);
    await under.broker.publish({ ...NOW_AND_HERE, topic: topics.alert('critical'), payload: '{"id":1}' });
    assert.equal((await program.next('publish')).topic, 'insa/alerts/critical');
    assert.equal(await granted(program, 'plant/#'), 1);
    await under.broker.publish({ ...NOW_AND_HERE, tenantId: 'other', topic: 'plant/alarms', payload: 'of another tenant' });
    await under.broker.publish({ ...NOW_AND_HERE, topic: 'plant/alarms', payload: 'ours' });
    assert.equal((await program.next('publish')).payload.toString(), 'ours', 'what an action publishes');
    const device = await under.loggedIn('pump-01');
    assert.equal(await granted(device, topics.config('pump-01')), 1);
    const config = await device.next('publish');
    assert.deepEqual([config.payload.toString(), config.retain], ['{"interval":5}', true]);
  });

  it('acknowledges, audits and does not forward what the platform refuses', async () => {
    under.beforePresence = () => Promise.reject(new AppError('NOT_FOUND', 'There is no device new-01.'));
    under.beforeResponse = () => Promise.reject(new AppError('FORBIDDEN', 'The device new-01 is of another tenant.'));
    const client = await under.connect('gateway');
    await client.publishAsync(topics.status('new-01'), 'online', { qos: 1, retain: true });
    await client.publishAsync(`${topics.command('new-01')}/response`, '{}', { qos: 1 });
    assert.equal(under.broker.stats().retained, 0);
    assert.equal(under.broker.stats().refusals.refused_by_platform, 2);
    assert.match(under.audited[0]?.reason ?? '', /no device new-01/);
  });

  it('closes the connection when an answer cannot be recorded now', async () => {
    under.beforeResponse = () => Promise.reject(new Error('the database is away'));
    const client = await under.loggedIn('pump-01');
    client.send(publishPacket(`${topics.command('pump-01')}/response`, '{}', 1));
    await client.untilClosed();
    assert.deepEqual(client.ids('puback'), []);
  });

  it('ends the connections of a revoked credential and of a device', async () => {
    const pump = await under.loggedIn('pump-01');
    const other = await under.loggedIn('pump-02');
    under.broker.disconnectCredential('credential-of-pump-01');
    await pump.untilClosed();
    await roundTrip(other);
    under.broker.disconnectDevice('pump-02');
    await other.untilClosed();
  });

  it('forgets a removed device with its sessions and retained messages', async () => {
    const client = await under.loggedIn('pump-01', { clientId: 's', clean: false });
    assert.equal(await granted(client, topics.command('pump-01')), 1);
    await under.broker.publish({ ...NOW_AND_HERE, topic: topics.config('pump-01'), payload: '{}', retain: true });
    await under.broker.forgetDevice('pump-01');
    await client.untilClosed();
    const { sessions, retained, queued } = under.broker.stats();
    assert.deepEqual({ sessions, retained, queued }, { sessions: 0, retained: 0, queued: 0 });
  });

  it('keeps a limited number of sessions of one credential', async () => {
    for (let index = 0; index < 20; index += 1) {
      const client = await under.loggedIn('pump-01', { clientId: `s${index}`, clean: false });
      assert.equal(await granted(client, topics.command('pump-01')), 1);
      client.socket.destroy();
      await until(() => under.broker.stats().connections === 0, 'the connection to be gone');
    }
    assert.ok(under.broker.stats().sessions <= 17, `${under.broker.stats().sessions} sessions`);
    const last = await under.loggedIn('pump-01', { clientId: 's19', clean: false });
    assert.equal((await last.next('connack')).sessionPresent, true);
  });
});
