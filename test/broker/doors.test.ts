import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import mqtt from 'mqtt';
import { MqttBroker } from '../../src/broker/broker.ts';
import type { DevicePrincipal } from '../../src/core/principal.ts';
import { AppError } from '../../src/core/errors.ts';
import { BrokerUnderTest, connected, freePort, refusalOf, startBroker, topics, until } from './support.ts';

const pem = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const CERTIFICATES = { certificate: pem('server.crt'), key: pem('server.key'), clientCa: pem('ca.crt') };
const TELEMETRY = topics.telemetry('pump-01');

describe('MQTT over TLS', () => {
  let under: BrokerUnderTest;
  let tlsPort: number;
  const secure = (extra: mqtt.IClientOptions = {}): mqtt.IClientOptions => ({
    servers: [{ host: '127.0.0.1', port: tlsPort, protocol: 'mqtts' }],
    protocol: 'mqtts',
    ca: pem('ca.crt'),
    ...extra,
  });
  const certificate = (name: string) => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });

  beforeEach(async () => {
    tlsPort = await freePort();
    under = await startBroker({ listeners: { host: '127.0.0.1', port: 0, tlsPort, tls: CERTIFICATES } });
  });

  afterEach(() => under.stop());

  it('takes a device by its key', async () => {
    const client = await under.connect('pump-01', secure());
    await client.publishAsync(TELEMETRY, '{"a":1}', { qos: 1 });
    assert.equal(under.taken[0]?.message.deviceId, 'pump-01');
  });

  it('takes a device by its certificate, without a user name or with its own', async () => {
    for (const credentials of [
      { username: undefined, password: undefined },
      { username: 'pump-01', password: undefined },
    ]) {
      const options = {
        ...secure(certificate('device')),
        reconnectPeriod: 0,
        ...(credentials.username === undefined ? {} : { username: credentials.username }),
      };
      const client = mqtt.connect({ ...options, protocolVersion: 4 });
      await connected(client);
      await client.publishAsync(TELEMETRY, '{"a":1}', { qos: 1 });
      await client.endAsync();
    }
    assert.deepEqual(
      under.taken.map(({ message }) => message.deviceId),
      ['pump-01', 'pump-01'],
    );
  });

  it('refuses a certificate with another user name, and one that names no device', async () => {
    assert.equal(await refusalOf(under.client('pump-02', secure(certificate('device')))), 5);
    assert.equal(await refusalOf(under.client('nobody-01', secure(certificate('unknown')))), 5);
    assert.equal(under.broker.stats().refusals.bad_certificate, 2);
  });

  it('refuses a certificate of a foreign authority, even with a valid key', async () => {
    const client = under.client('pump-01', secure(certificate('foreign')));
    await assert.rejects(connected(client));
    assert.equal(under.broker.stats().refusals.bad_certificate, 1);
    assert.equal(under.audited[0]?.action, 'mqtt.connect');
  });

  it('survives what is not TLS and old versions of it', async () => {
    const plain = net.connect(tlsPort, '127.0.0.1');
    plain.on('error', () => undefined);
    plain.write('this is not a handshake');
    await once(plain, 'close');
    const old = tls.connect({ port: tlsPort, host: '127.0.0.1', ca: pem('ca.crt'), maxVersion: 'TLSv1.1', minVersion: 'TLSv1' });
    await assert.rejects(once(old, 'secureConnect'));
    await under.connect('pump-01', secure());
  });
});

describe('MQTT over WebSocket', () => {
  let under: BrokerUnderTest;
  let http: Server;
  let url: string;

  beforeEach(async () => {
    under = await startBroker();
    http = createServer().on('upgrade', (request, socket, head) => under.broker.handleUpgrade(request, socket, head));
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const address = http.address();
    url = `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/mqtt`;
  });

  afterEach(async () => {
    await under.stop();
    http.close();
  });

  const client = (username: string, password = `key-of-${username}`) => {
    const made = mqtt.connect(url, { username, password, reconnectPeriod: 0, protocolVersion: 4 });
    made.on('error', () => undefined); // Tests look at what happened.
    return made;
  };

  it('works like any other connection, with large messages in both directions', async () => {
    const device = client('pump-01');
    await connected(device);
    await device.publishAsync(TELEMETRY, 'x'.repeat(200_000), { qos: 1 });
    assert.equal(under.taken[0]?.message.raw.length, 200_000);
    await device.subscribeAsync(topics.command('pump-01'), { qos: 1 });
    const received = new Promise<Buffer>((resolve) => device.once('message', (_topic, payload) => resolve(payload)));
    await under.broker.publish({
      tenantId: 'default',
      topic: topics.command('pump-01'),
      payload: 'y'.repeat(200_000),
      qos: 1,
      retain: false,
    });
    const payload = await received;
    assert.equal(payload.length, 200_000);
    await device.endAsync();
    await until(() => under.broker.stats().connections === 0, 'the connection to be gone');
  });

  it('refuses a wrong key with 4', async () => {
    assert.equal(await refusalOf(client('pump-01', 'wrong')), 4);
  });

  it('ends with the broker', async () => {
    const device = client('pump-01');
    await connected(device);
    const closed = new Promise<void>((resolve) => device.once('close', () => resolve()));
    await under.broker.stop();
    await closed;
  });
});

describe('MQTT broker', () => {
  it('names the variable and the port when a port is taken, and can be stopped afterwards', async () => {
    const first = await startBroker();
    const second = new BrokerUnderTest(first.port, {});
    await second.broker.start();
    try {
      await assert.rejects(
        second.broker.openForClients(),
        (error) => error instanceof AppError && error.code === 'INVALID_CONFIG' && error.message.includes(`MQTT_PORT ${first.port}`),
      );
    } finally {
      await second.broker.stop();
      await second.broker.stop();
      await first.stop();
    }
  });

  it('is closed until it is opened, so that clients try again', async () => {
    const under = new BrokerUnderTest(await freePort(), {});
    await under.broker.start();
    try {
      await assert.rejects(under.connect('pump-01'), /ECONNREFUSED/);
      await under.broker.openForClients();
      await under.connect('pump-01');
    } finally {
      await under.stop();
    }
  });

  it('ends the connection of a key that expires, and no other', async () => {
    const clock = { at: 1_000, nowMs: () => clock.at };
    const principalOf = (deviceId: string, expiresAtMs?: number): DevicePrincipal => ({
      kind: 'device',
      tenantId: 'default',
      deviceId,
      credentialId: deviceId,
      permissions: new Set(['telemetry:write']),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    });
    const principals = new Map([
      ['pump-01', principalOf('pump-01', 2_000)],
      ['pump-02', principalOf('pump-02')],
    ]);
    const byKey = (username: string) => Promise.resolve(principals.get(username));
    const under = await startBroker({ clock, authenticator: { byKey, byCertificate: byKey } });
    try {
      const [expiring, lasting] = [await under.connect('pump-01'), await under.connect('pump-02')];
      under.broker.endExpired();
      assert.equal(expiring.connected, true);
      clock.at = 2_000;
      under.broker.endExpired();
      await until(() => !expiring.connected, 'the connection to end');
      assert.equal(lasting.connected, true);
    } finally {
      await under.stop();
    }
  });

  it('refuses to publish when it does not run', async () => {
    const under = new BrokerUnderTest(0, {});
    assert.ok(under.broker instanceof MqttBroker);
    const message = { tenantId: 'default', topic: topics.alert('info'), payload: '{}', qos: 1, retain: false } as const;
    await assert.rejects(under.broker.publish(message), AppError);
    await under.broker.stop();
  });

  it('listens nowhere when its ports are off', async () => {
    const under = new BrokerUnderTest(0, { listeners: { host: '127.0.0.1', port: 0, tlsPort: 0, tls: undefined } });
    await under.broker.start();
    await under.broker.openForClients();
    await under.broker.stop();
  });
});
