import assert from 'node:assert/strict';
import net from 'node:net';
import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

/** Everything the outside may throw at the platform: each gets its refusal, and the message after it is stored as if nothing had been. */
describe('bad input on the whole program', () => {
  let platform: RunningPlatform;
  let api: ApiClient;
  let key: string;
  let device: MqttClient;

  before(async () => {
    platform = await startPlatform();
    api = await ApiClient.login(platform);
    key = await api.createDevice('pump-01');
    await api.createDevice('pump-02');
    device = await connect('pump-01', key);
  });

  after(async () => {
    await device.endAsync(true);
    await platform.dispose();
  });

  const connect = (username: string, password: string, clientId?: string) =>
    mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, {
      username,
      password,
      reconnectPeriod: 0,
      ...(clientId === undefined ? {} : { clientId }),
    });

  let value = 0;
  /** A good message goes through and is stored: nothing is stuck. */
  async function stillWorks(): Promise<void> {
    value += 1;
    await device.publishAsync('insa/devices/pump-01/telemetry', JSON.stringify({ alive: value }), { qos: 1 });
    const { body } = await api.call('GET', '/telemetry/pump-01?keys=alive&limit=1');
    assert.equal((body['items'] as { value: number }[])[0]?.value, value);
  }

  const rejected = async () =>
    (await api.call('GET', '/telemetry/rejected?limit=500')).body['items'] as { reason: string; message: string; device_id: string }[];

  it('refuses a wrong password and an unknown device', async () => {
    await assert.rejects(connect('pump-01', 'wrong'), /Bad username or password|Not authorized/i);
    await assert.rejects(connect('ghost', key), /Bad username or password|Not authorized/i);
    await stillWorks();
  });

  it('closes whoever publishes for another device, and keeps the other session of the same client id', async () => {
    const other = await connect('pump-01', key, 'shared-id');
    const closed = new Promise<void>((resolve) => void other.once('close', () => resolve()));
    other.publish('insa/devices/pump-02/telemetry', '{"t": 1}', { qos: 1 });
    await closed;
    assert.equal(device.connected, true);
    const { body } = await api.call('GET', '/telemetry/pump-02');
    assert.deepEqual(body['items'], []);
    await stillWorks();
  });

  const payloads: [string, string | Buffer, string][] = [
    ['text that is not JSON', 'temperature=5', 'malformed_json'],
    ['NUL bytes', Buffer.from([0, 0, 0, 0]), 'malformed_json'],
    ['deep JSON', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 'too_deep'],
    ['numbers beyond a double', '{"t": 1e999}', 'value_out_of_range'],
    ['10,000 keys', JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${String(i)}`, i]))), 'too_many_keys'],
    ['a timestamp of 1970', '{"timestamp": 0, "data": {"t": 1}}', 'timestamp_too_old'],
    ['a timestamp of 2100', '{"timestamp": "2100-01-01T00:00:00Z", "data": {"t": 1}}', 'timestamp_in_future'],
    ['a NUL in a text', '{"state": "a\\u0000b"}', 'invalid_value'],
    ['keys of objects', '{"__proto__": {"admin": true}, "constructor": null}', 'nested_value'],
  ];
  for (const [what, payload, reason] of payloads) {
    it(`keeps ${what} as rejected (${reason}), acknowledges it and goes on`, async () => {
      await device.publishAsync('insa/devices/pump-01/telemetry', payload, { qos: 1 });
      const rows = await rejected();
      const row = rows.find((candidate) => candidate.reason === reason && candidate.device_id === 'pump-01');
      assert.ok(row, `${reason} among ${rows.map((candidate) => candidate.reason).join(', ')}`);
      assert.ok(row.message.length > 20, 'it explains itself');
      await stillWorks();
    });
  }

  it('stores the good points of a message that has bad ones', async () => {
    await device.publishAsync('insa/devices/pump-01/telemetry', '{"good": 1, "bad": {"x": 1}, "worse": null}', { qos: 1 });
    const { body } = await api.call('GET', '/telemetry/pump-01?keys=good');
    assert.equal((body['items'] as unknown[]).length, 1);
  });

  const packets: [string, Buffer][] = [
    ['bytes that are no MQTT', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a CONNECT that declares 200 MB', Buffer.from([0x10, 0xff, 0xff, 0xff, 0x5f, 0, 4, 0x4d])],
    ['a PUBLISH before the login', Buffer.from([0x30, 5, 0, 1, 0x61, 0x62, 0x63])],
    ['a packet type that does not exist', Buffer.from([0xf0, 0])],
  ];
  for (const [what, bytes] of packets) {
    it(`closes on ${what} and goes on`, async () => {
      const socket = net.connect(platform.mqttPort, '127.0.0.1');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined);
      socket.write(bytes);
      await closed;
      await stillWorks();
    });
  }

  it('closes on a message over 256 KB and goes on', async () => {
    const other = await connect('pump-01', key, 'large');
    const closed = new Promise<void>((resolve) => void other.once('close', () => resolve()));
    other.publish('insa/devices/pump-01/telemetry', Buffer.alloc(300 * 1024, 0x20), { qos: 1 });
    await closed;
    await stillWorks();
  });

  it('says on the terminal what a device that is known may not do, because MQTT cannot', async () => {
    const device = await connect('pump-01', key, 'mistaken');
    const closed = new Promise<void>((resolve) => void device.once('close', () => resolve()));
    device.publish('insa/devices/pump-01/telemetri', '{"t":1}', { qos: 1 });
    await closed;
    const line = /WARN .*actor=device:pump-01.*target=insa\/devices\/pump-01\/telemetri/;
    await eventually(() => line.test(platform.output()) || undefined, 'the line on the terminal');
  });

  it('refuses bad requests over HTTP with a problem that names the code', async () => {
    const http = api.withKey(key);
    const post = async (body: string) => {
      const { status, body: problem } = await http.call('POST', '/telemetry', body);
      return [status, problem['code'] ?? problem['stored']];
    };
    assert.deepEqual(await post('{"device_id": '), [400, 'NO_POINT_STORED']);
    assert.equal((await post(`{"device_id":"pump-01","data":{"t":"${'x'.repeat(1_200_000)}"}}`))[0], 413);
    assert.equal((await post('[]'))[0], 400);
    assert.equal((await post('{"device_id":"pump-01","data":{"t":1e999}}'))[0], 400);
    const stranger = await new ApiClient(platform).call('POST', '/telemetry', { device_id: 'pump-01', data: { t: 1 } });
    assert.equal(stranger.status, 401);
    await stillWorks();
  });
});
