import assert from 'node:assert/strict';
import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { createEmptyDatabase } from '../support/postgres.ts';

interface ShownAlert {
  id: string;
  device_id: string;
  rule_name: string;
  status: string;
  message: string;
  resolved_by: string | null;
}

describe('devices of the whole program that go offline', () => {
  const clients: MqttClient[] = [];
  const ended: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true);
    for (const end of ended.splice(0).reverse()) await end();
  });

  const connect = async ({ mqttPort }: RunningPlatform, username: string, password: string): Promise<MqttClient> => {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(mqttPort)}`, { username, password, reconnectPeriod: 0 });
    clients.push(client);
    return client;
  };
  const alertsOf = async (api: ApiClient): Promise<ShownAlert[]> =>
    ((await api.call('GET', '/alerts?limit=100')).body['items'] as ShownAlert[]).filter(({ rule_name: name }) => name === 'Device offline');

  it('are told once each, with their gateway as one, also when the program is killed', async () => {
    const { url, drop } = await createEmptyDatabase();
    ended.push(drop);
    const env = { DATABASE_URL: url, MAIL_REPORT_TO: 'ops@example.com' };
    let platform = await startPlatform({ env });
    ended.push(() => platform.dispose());
    const { dataDir, httpUrl, mqttPort } = platform;
    let api = await ApiClient.login(platform);
    const pumpKey = await api.createDevice('pump-01');
    for (const id of ['pump-01', 'sensor-1', 'sensor-2', 'sensor-3']) {
      if (id !== 'pump-01') await api.createDevice(id);
      assert.equal((await api.call('PATCH', `/devices/${id}`, { offline_seconds: 5 })).status, 200);
    }
    const issued = await api.call('POST', '/api-keys', { name: 'Hall A', kind: 'gateway' });
    assert.equal(issued.status, 201, JSON.stringify(issued.body));
    const gatewayKey = String(issued.body['key']);
    const gateway = await connect(platform, 'hall-a', gatewayKey);
    const speak = async (through: MqttClient): Promise<void> => {
      for (const id of ['sensor-1', 'sensor-2', 'sensor-3']) {
        await through.publishAsync(`insa/devices/${id}/telemetry`, JSON.stringify({ temperature: 20 }), { qos: 1 });
      }
    };
    // A changed record is followed within a second; from then on a device that speaks through a gateway is shown as online.
    await eventually(async () => {
      await speak(gateway);
      const shown = await Promise.all(['sensor-1', 'sensor-2', 'sensor-3'].map((id) => api.call('GET', `/devices/${id}/status`)));
      return shown.every(({ body }) => body['status'] === 'online');
    }, 'the sensors are online');
    await speak(gateway);
    // It sends over HTTP, so nothing but silence says that it is gone.
    const sent = await api.withKey(pumpKey).call('POST', '/telemetry', { data: { temperature: 20 } });
    assert.ok(sent.status < 300, JSON.stringify(sent.body));
    await gateway.endAsync(true);

    const both = await eventually(
      async () => {
        const alerts = await alertsOf(api);
        return alerts.length >= 2 ? alerts : undefined;
      },
      'an alert of the pump and one of the gateway',
      90_000,
    );
    assert.deepEqual(both.map(({ device_id: id }) => id).sort(), ['gateway:Hall A', 'pump-01']);
    assert.match(both.find(({ device_id: id }) => id !== 'pump-01')?.message ?? '', /with it 3 devices: sensor-1, sensor-2, sensor-3\.$/);
    assert.equal((await api.call('GET', '/devices/pump-01/status')).body['status'], 'offline');
    for (const { id } of both) {
      assert.equal((await api.call('GET', `/alerts/${id}/explanation`)).status, 200);
    }

    await platform.kill();
    platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort }, env });
    api = await ApiClient.login(platform);
    const again = await connect(platform, 'hall-a', gatewayKey);
    await speak(again);
    await connect(platform, 'pump-01', pumpKey);
    const over = await eventually(async () => {
      const alerts = await alertsOf(api);
      return alerts.every(({ status }) => status === 'resolved') ? alerts : undefined;
    }, 'both are resolved');
    assert.deepEqual(over.map(({ id, resolved_by: by }) => [id, by]).sort(), both.map(({ id }) => [id, 'device is back']).sort());
    const { body } = await api.call('GET', '/notifications?limit=100');
    // In the morning there are reports as well.
    const told = (body['items'] as { event: string; device_id: string | null; recipient: string }[])
      .filter(({ device_id: id }) => id !== null)
      .map(({ event, device_id: id, recipient }) => `${event} ${String(id)} ${recipient}`);
    assert.deepEqual(told.sort(), [
      'device_offline gateway:Hall A ops@example.com',
      'device_offline pump-01 ops@example.com',
      'device_online gateway:Hall A ops@example.com',
      'device_online pump-01 ops@example.com',
    ]);
  });
});
