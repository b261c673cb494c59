import assert from 'node:assert/strict';
import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import type { Alert } from '../../src/contracts/alerts.ts';
import type { ClientToServerEvents, ServerToClientEvents, TelemetryUpdate } from '../../src/contracts/realtime.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

/** The main job, end to end on the whole program: PUBLISH to stored telemetry, alert and live screen. */
describe('the main job', () => {
  let platform: RunningPlatform;
  let api: ApiClient;
  let device: MqttClient;
  let screen: Socket<ServerToClientEvents, ClientToServerEvents>;
  const updates: TelemetryUpdate[] = [];
  const alerts: Alert[] = [];

  before(async () => {
    platform = await startPlatform();
    api = await ApiClient.login(platform);
    const key = await api.createDevice('pump-01');
    device = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, { username: 'pump-01', password: key });
    screen = io(platform.httpUrl, { auth: { token: api.token }, transports: ['websocket'] });
    screen.on('telemetry_update', (update) => updates.push(update));
    screen.on('alert', (alert) => alerts.push(alert));
    assert.deepEqual(await screen.emitWithAck('subscribe', { type: 'device', device_id: 'pump-01' }), { ok: true });
    assert.deepEqual(await screen.emitWithAck('subscribe', { type: 'alerts' }), { ok: true });
  });

  after(async () => {
    screen.disconnect();
    await device.endAsync();
    await platform.dispose();
  });

  const publish = (payload: unknown) => device.publishAsync('insa/devices/pump-01/telemetry', JSON.stringify(payload), { qos: 1 });

  it('acknowledges a message when it is stored, and shows it live', async () => {
    const anHourAgo = new Date(Date.now() - 3_600_000).toISOString().replace('Z', '456Z');
    await publish({ timestamp: anHourAgo, data: { temperature: { value: 21.5, unit: 'degC' } } });
    await publish({ data: { temperature: { value: 22.5, unit: 'C' }, running: true, state: 'pumping' } });
    const { body } = await api.call('GET', '/telemetry/pump-01?limit=10');
    const values = (body['items'] as { key: string; value: unknown; unit: string | null }[]).map(({ key, value, unit }) => [
      key,
      value,
      unit,
    ]);
    const exact = (body['items'] as { timestamp: string }[]).some(({ timestamp }) => timestamp === anHourAgo);
    assert.ok(exact, 'microseconds are kept');
    for (const expected of [
      ['temperature', 22.5, '°C'],
      ['running', true, null],
      ['state', 'pumping', null],
    ]) {
      assert.ok(
        values.some((value) => JSON.stringify(value) === JSON.stringify(expected)),
        `${JSON.stringify(expected)} is stored`,
      );
    }
    const update = await eventually(() => updates.find(({ points }) => points['temperature']?.value === 22.5), 'the update on the screen');
    assert.equal(update.points['temperature']?.unit, '°C');
    const latest = await eventually(async () => {
      const answer = await api.call('GET', '/telemetry/latest');
      return (answer.body['items'] as unknown[]).length === 3 ? answer.body['items'] : undefined;
    }, 'the newest values');
    assert.ok(latest);
  });

  it('knows that the device is online', async () => {
    await eventually(
      async () => ((await api.call('GET', '/devices/pump-01')).body['status'] === 'online' ? true : undefined),
      'the device online',
    );
  });

  it('raises an alert through the default flow, on screen, over MQTT and in the API; counts on; clears it', async () => {
    const listenerKey = (await api.call('POST', '/api-keys', { name: 'alarm panel', kind: 'program', permissions: ['alerts:read'] })).body[
      'key'
    ];
    const panel = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, {
      username: 'alarm-panel',
      password: String(listenerKey),
    });
    const published: { topic: string; alert: Alert & { version: number } }[] = [];
    panel.on('message', (topic, payload) =>
      published.push({ topic, alert: JSON.parse(payload.toString()) as Alert & { version: number } }),
    );
    await panel.subscribeAsync('insa/alerts/#', { qos: 1 });

    await publish({ temperature: 95 });
    const alert = await eventually(() => alerts.find(({ device_id: id }) => id === 'pump-01'), 'the alert on the screen');
    assert.equal(alert.status, 'active');
    assert.equal(alert.value, 95);
    assert.match(alert.message, /95/);
    const panelAlert = await eventually(() => published[0], 'the alert on the panel');
    assert.equal(panelAlert.topic, `insa/alerts/${alert.severity}`);
    assert.equal(panelAlert.alert.id, alert.id);
    assert.equal(panelAlert.alert.version, 1);

    await publish({ temperature: 96 });
    const open = await api.call('GET', '/alerts?status=active');
    assert.equal((open.body['items'] as Alert[]).length, 1, 'one open alert per rule and device');

    const acknowledged = await api.call('POST', `/alerts/${alert.id}/acknowledge`, { note: 'on my way' });
    assert.equal(acknowledged.status, 200);
    assert.equal(acknowledged.body['acknowledged_by'], 'admin');

    await publish({ temperature: 20 });
    const resolved = await eventually(async () => {
      const { body } = await api.call('GET', `/alerts/${alert.id}`);
      return body['status'] === 'resolved' ? body : undefined;
    }, 'the alert cleared by its condition');
    assert.notEqual(resolved['resolved_at'], null);
    await panel.endAsync();
  });

  it('takes telemetry over HTTP and answers index, field and reason of each bad point', async () => {
    const key = String((await api.call('POST', '/devices/pump-01/credentials', {})).body['key']);
    const http = api.withKey(key);
    const { status, body } = await http.call('POST', '/telemetry', [
      { device_id: 'pump-01', data: { pressure: 4.2 } },
      { device_id: 'pump-01', data: { pressure: 'high', flow: 3 } },
      { device_id: 'other', data: { pressure: 1 } },
    ]);
    assert.equal(status, 200);
    assert.equal(body['stored'], 2);
    const rejected = body['rejected'] as { index: number; field: string | null; reason: string }[];
    assert.deepEqual(
      rejected.map(({ index, field, reason }) => [index, field, reason]).sort(),
      [
        [1, 'pressure', 'kind_mismatch'],
        [2, null, rejected.find(({ index }) => index === 2)?.reason],
      ].sort(),
    );
    const none = await http.call('POST', '/telemetry', { device_id: 'pump-01', data: {} });
    assert.equal(none.status, 400);
    assert.equal(none.body['code'], 'NO_POINT_STORED');
    const kept = await api.call('GET', '/telemetry/rejected');
    assert.ok((kept.body['items'] as { reason: string }[]).some(({ reason }) => reason === 'kind_mismatch'));
  });

  it('stops cleanly within ten seconds', async () => {
    const startedAt = performance.now();
    assert.equal(await platform.stop(), 0);
    assert.ok(performance.now() - startedAt < 10_000);
  });
});
