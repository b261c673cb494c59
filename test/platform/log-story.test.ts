import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import mqtt from 'mqtt';
import { startMailServer } from '../notify/smtp.ts';
import { logLines, storyOf } from '../support/logs.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { createEmptyDatabase } from '../support/postgres.ts';

const at = (id: string, type: string, wires: string[][], fields: object = {}): object => ({
  ...{ id, type, z: 'tab', name: '', x: 100, y: 100, wires },
  ...fields,
});
const RULE = { key: 'temperature', operator: '>', value: 80, clearValue: 75, severity: 'critical', message: '{{value}} is too hot' };
/** A node that fails at every message before it is judged. */
const FAILS = "node.error('The calibration is missing.', msg); return msg;";

const flowTo = (url: string): object[] => [
  { id: 'tab', type: 'tab', label: 'Press hall', disabled: false, info: '' },
  at('http', 'iiot-http-telemetry', [['in']], { configVersion: 1 }),
  at('mqtt', 'iiot-mqtt-broker', [['in']], { configVersion: 1 }),
  at('in', 'iiot-ingest', [['fails', 'stored'], []], { trustTopicDevice: false, configVersion: 1 }),
  at('fails', 'function', [['rule']], { name: 'calibrate', func: FAILS, outputs: 1 }),
  at('rule', 'iiot-threshold-rule', [['alert'], ['alert']], { ...RULE, deviceId: 'press-1' }),
  at('stored', 'iiot-stored-rules', [['alert'], ['alert']], { configVersion: 1 }),
  at('alert', 'iiot-alert', [['act', 'actions'], ['actions'], []], { configVersion: 1 }),
  at('act', 'iiot-webhook', [[]], { url, headers: '', on: 'both', configVersion: 1 }),
  at('actions', 'iiot-actions', [[]], { configVersion: 1 }),
];

/** A receiver of webhooks that refuses until it is told otherwise. */
async function startReceiver(): Promise<{ url: string; status: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(receiver.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/in`;
  const receiver = {
    url,
    status: 500,
    stop: () => closed(server),
  };
  return receiver;
}

async function closed(server: Server): Promise<void> {
  const end = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await end;
}

describe('the log of the whole program', () => {
  const ended: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ended.splice(0).reverse()) await end();
  });

  const start = async (env: Record<string, string>): Promise<{ platform: RunningPlatform; restart: () => Promise<RunningPlatform> }> => {
    const { url, drop } = await createEmptyDatabase();
    ended.push(drop);
    const all = { DATABASE_URL: url, LOG_LEVEL: 'debug', WEBHOOK_ALLOW_CIDRS: '127.0.0.0/8', ...env };
    let platform = await startPlatform({ env: all });
    const { dataDir, httpUrl, mqttPort } = platform;
    ended.push(() => rmSync(dataDir, { recursive: true, force: true }));
    ended.push(() => platform.stop());
    const restart = async (): Promise<RunningPlatform> => {
      await platform.kill();
      platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort }, env: all });
      return platform;
    };
    return { platform, restart };
  };

  it('tells the whole way of an HTTP request under its id, from its arrival to a delivery after a crash', async () => {
    const receiver = await startReceiver();
    ended.push(() => receiver.stop());
    const { platform, restart } = await start({});
    let api = await ApiClient.login(platform);
    const key = await api.createDevice('press-1');
    const deployed = await api.call('POST', '/flows/import', { flows: flowTo(receiver.url), mode: 'replace' });
    assert.equal(deployed.status, 200, JSON.stringify(deployed.body));

    const answer = await fetch(`${platform.httpUrl}/api/v1/telemetry`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key, 'x-request-id': 'press-4711' },
      body: JSON.stringify({ data: { temperature: 91 } }),
    });
    assert.deepEqual([answer.status, answer.headers.get('x-request-id')], [200, 'press-4711']);
    const { dataDir } = platform;
    const story = (): string[] => storyOf(dataDir, 'press-4711');
    await eventually(() => story().includes('info A notification failed and is tried again.') || undefined, 'the first attempt');
    receiver.status = 200;
    api = await ApiClient.login(await restart());
    await eventually(() => story().includes('info A notification was delivered.') || undefined, 'the delivery after the crash');

    const stages = [
      'debug A message is settled.',
      'debug Telemetry is stored.',
      'error The calibration is missing.',
      'debug A rule decided.',
      'info An alert was raised.',
      'debug A notification is queued.',
      'info A notification failed and is tried again.',
      'info A notification was delivered.',
    ];
    assert.deepEqual([...new Set(story())].filter((line) => line !== 'debug A request was answered.').sort(), [...stages].sort());
    assert.ok(story().indexOf('info An alert was raised.') < story().indexOf('info A notification was delivered.'), story().join('\n'));
    const [request] = logLines(dataDir).filter(({ msg, request_id: id }) => msg === 'A request was answered.' && id === 'press-4711');
    assert.deepEqual(
      [request?.['route'], request?.['method'], request?.['status'], request?.['by']],
      ['/api/v1/telemetry', 'POST', 200, 'device:press-1'],
    );
    const [failure] = logLines(dataDir).filter(({ level, request_id: id }) => level === 'error' && id === 'press-4711');
    assert.deepEqual(
      [failure?.['node_name'], failure?.['node_type'], failure?.['node_id'], failure?.['flow'], failure?.['part']],
      ['calibrate', 'function', 'fails', 'Press hall', 'node-red'],
    );

    const alerts = (await api.call('GET', '/alerts')).body['items'] as { id: string }[];
    const alert = await api.call('GET', `/alerts/${alerts[0]?.id ?? ''}`);
    const notifications = (await api.call('GET', '/notifications?channel=webhook')).body['items'] as { request_id: string }[];
    assert.equal(alert.body['request_id'], 'press-4711');
    assert.deepEqual(
      notifications.map(({ request_id: id }) => id),
      ['press-4711'],
    );
  });

  it('tells the way of an MQTT message that a stored rule judged, to the e-mail', async () => {
    const mail = await startMailServer();
    ended.push(() => mail.stop());
    const { platform } = await start({ SMTP_URL: `smtp://127.0.0.1:${String(mail.port)}`, MAIL_FROM: 'plant@example.com' });
    const api = await ApiClient.login(platform);
    const key = await api.createDevice('pump-1');
    const created = await api.call('POST', '/rules', {
      ...{ name: 'High pressure', rule_type: 'threshold', severity: 'critical', device_id: 'pump-1' },
      conditions: { key: 'pressure', operator: '>', value: 80 },
      actions: [{ type: 'email', recipients: ['ops@example.com'], on: ['raised'] }],
    });
    assert.equal(created.status, 201, JSON.stringify(created.body));

    const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, { username: 'pump-1', password: key });
    ended.push(() => device.endAsync(true));
    await device.publishAsync('insa/devices/pump-1/telemetry', JSON.stringify({ pressure: 60 }), { qos: 1 });
    await device.publishAsync('insa/devices/pump-1/telemetry', JSON.stringify({ pressure: 95 }), { qos: 1 });
    const id = await eventually(async () => {
      const { body } = await api.call('GET', '/alerts');
      return (body['items'] as { request_id: string }[])[0]?.request_id;
    }, 'the alert');
    assert.match(id, /^[0-9a-f-]{18}$/);
    await eventually(() => mail.mails.length > 0 || undefined, 'the e-mail');
    await eventually(() => storyOf(platform.dataDir, id).includes('info A notification was delivered.') || undefined, 'its line');
    assert.deepEqual(storyOf(platform.dataDir, id).sort(), [
      'debug A message is settled.',
      'debug A notification is queued.',
      'debug A rule decided.',
      'debug Telemetry is stored.',
      'info A notification was delivered.',
      'info An alert was raised.',
    ]);
  });

  it('has no line for a message that nothing came of, unless it is asked for', async () => {
    const { platform } = await start({ LOG_LEVEL: 'info' });
    const api = await ApiClient.login(platform);
    const key = await api.createDevice('pump-1');
    await api.withKey(key).call('POST', '/telemetry', { data: { temperature: 20 } });
    const refused = await api.withKey(key).call('GET', '/users');
    assert.equal(refused.status, 403);
    const id = String(refused.body['request_id']);
    await eventually(() => storyOf(platform.dataDir, id).length > 0 || undefined, 'the refusal');
    assert.deepEqual(storyOf(platform.dataDir, id), ['info A request was answered.'], 'who was refused can be found by the id');
    assert.ok(!logLines(platform.dataDir).some(({ level }) => level === 'debug'));
    assert.ok(!logLines(platform.dataDir).some(({ msg }) => msg.includes('stored') || msg.includes('settled')));
  });
});
