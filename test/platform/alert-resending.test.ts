import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import mqtt from 'mqtt';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import { createEmptyDatabase } from '../support/postgres.ts';

/** So long a message is on its way from the alert node to the action node: long enough to be killed in between. */
const UNDER_WAY_SECONDS = 10;

const at = (id: string, type: string, wires: string[][], fields: object = {}): object => ({
  ...{ id, type, z: 'tab', name: '', x: 100, y: 100, wires },
  ...fields,
});
const RULE = { key: 'temperature', operator: '>', value: 80, clearValue: 75, severity: 'critical', message: '{{value}} is too hot' };
const DELAY = {
  pauseType: 'delay',
  timeout: String(UNDER_WAY_SECONDS),
  timeoutUnits: 'seconds',
  rate: '1',
  nbRateUnits: '1',
  rateUnits: 'second',
  randomFirst: '1',
  randomLast: '5',
  randomUnits: 'seconds',
  drop: false,
  allowrate: false,
  outputs: 1,
};
const FLOW = [
  { id: 'tab', type: 'tab', label: 'Plant', disabled: false, info: '' },
  at('mqtt', 'iiot-mqtt-broker', [['in']], { configVersion: 1 }),
  at('in', 'iiot-ingest', [['rule'], []], { trustTopicDevice: false, configVersion: 1 }),
  at('rule', 'iiot-threshold-rule', [['alert'], ['alert']], RULE),
  at('alert', 'iiot-alert', [['wait'], ['wait'], []], { configVersion: 1 }),
  at('wait', 'delay', [['act']], DELAY),
  at('act', 'iiot-email', [[]], { recipients: 'ops@example.com', on: 'both', configVersion: 1 }),
];

describe('action nodes of the whole program', () => {
  it('are told once of an alert that was on its way to them when the program was killed', async () => {
    const { url, drop } = await createEmptyDatabase();
    let platform = await startPlatform({ env: { DATABASE_URL: url } });
    const { dataDir, httpUrl, mqttPort } = platform;
    let api = await ApiClient.login(platform);
    const restart = async (): Promise<void> => {
      await platform.kill();
      platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort }, env: { DATABASE_URL: url } });
      api = await ApiClient.login(platform);
    };
    const queued = async (): Promise<{ event: string; alert_id: string | null }[]> => {
      const { body } = await api.call('GET', '/notifications?channel=email');
      return (body['items'] as { event: string; alert_id: string | null }[]).map(({ event, alert_id }) => ({ event, alert_id }));
    };
    const key = await api.createDevice('pump-01');
    const deployed = await api.call('POST', '/flows/import', { flows: FLOW, mode: 'replace' });
    assert.equal(deployed.status, 200, JSON.stringify(deployed.body));

    const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(mqttPort)}`, { username: 'pump-01', password: key });
    device.on('error', () => undefined);
    await device.publishAsync('insa/devices/pump-01/telemetry', JSON.stringify({ temperature: 90 }), { qos: 1 });
    const alertId = await eventually(async () => {
      const { body } = await api.call('GET', '/alerts');
      return (body['items'] as { id: string }[])[0]?.id;
    }, 'the alert is recorded');
    assert.deepEqual(await queued(), [], 'nothing is queued before the program is killed');
    await device.endAsync(true);
    await restart();

    const told = [{ event: 'raised', alert_id: alertId }];
    await eventually(async () => ((await queued()).length > 0 ? true : undefined), 'the e-mail is queued');
    assert.deepEqual(await queued(), told);

    // It is sent again once more, and nobody is told twice: the second message has passed the action node when the count of a later one is there.
    await restart();
    const again = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(mqttPort)}`, { username: 'pump-01', password: key });
    await again.publishAsync('insa/devices/pump-01/telemetry', JSON.stringify({ temperature: 60 }), { qos: 1 });
    await eventually(async () => ((await queued()).length > 1 ? true : undefined), 'the end is queued');
    assert.deepEqual(await queued(), [{ event: 'resolved', alert_id: alertId }, ...told]);

    await again.endAsync(true);
    await platform.stop();
    await drop();
    rmSync(dataDir, { recursive: true, force: true });
  });
});
