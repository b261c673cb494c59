import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import { createEmptyDatabase } from '../support/postgres.ts';

const DURATION_SECONDS = 20;
const EVERY_MS = 250;

/** A device that says how warm it is four times a second, with its own times, and keeps what it cannot send. */
class WarmDevice {
  value = 40;
  /** The readings that were acknowledged, by time. */
  readonly acknowledged = new Map<number, number>();
  private readonly client: MqttClient;
  private timer: NodeJS.Timeout | undefined;
  private lastMs = 0;

  constructor(client: MqttClient) {
    this.client = client;
    client.on('error', () => undefined);
  }

  static async connect(port: number, deviceId: string, key: string): Promise<WarmDevice> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(port)}`, {
      username: deviceId,
      password: key,
      clientId: 'warm',
      clean: false,
      reconnectPeriod: 100,
      reconnectOnConnackError: true,
      connectTimeout: 2_000,
    });
    return new WarmDevice(client);
  }

  start(): void {
    this.timer = setInterval(() => void this.say(this.value), EVERY_MS);
  }

  /** Sends a reading of now; resolves with its time when it is acknowledged. */
  async say(value: number): Promise<number> {
    const timestamp = Math.max(Date.now(), this.lastMs + 1);
    this.lastMs = timestamp;
    const payload = JSON.stringify({ timestamp, data: { temperature: value } });
    await this.client.publishAsync('insa/devices/pump-01/telemetry', payload, { qos: 1 });
    this.acknowledged.set(timestamp, value);
    return timestamp;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.client.endAsync(true);
  }
}

interface ShownAlert {
  rule_name: string;
  status: string;
  raised_at: string;
  resolved_at: string | null;
  occurrences: number;
}

describe('stored rules of the whole program', () => {
  it('alert once, of the right time, although the program is killed in a running duration; what was acknowledged is judged', async () => {
    const { url, drop } = await createEmptyDatabase();
    let platform = await startPlatform({ env: { DATABASE_URL: url } });
    const { dataDir, httpUrl, mqttPort } = platform;
    let api = await ApiClient.login(platform);
    const device = await WarmDevice.connect(mqttPort, 'pump-01', await api.createDevice('pump-01'));
    const rule = { rule_type: 'threshold', device_id: 'pump-01', severity: 'warning' };
    for (const [name, conditions] of [
      ['Warm for long', { key: 'temperature', operator: '>', value: 50, duration_seconds: DURATION_SECONDS }],
      ['Peak', { key: 'temperature', operator: '>', value: 900 }],
    ] as const) {
      const created = await api.call('POST', '/rules', { ...rule, name, conditions });
      assert.equal(created.status, 201, JSON.stringify(created.body));
    }
    const alertsOf = async (name: string): Promise<ShownAlert[]> => {
      const { body } = await api.call('GET', '/alerts?limit=100');
      return (body['items'] as ShownAlert[]).filter(({ rule_name: of }) => of === name);
    };
    /** A peak is acknowledged and the program killed at once; the device goes on, and the program comes back. */
    const kill = async (): Promise<number> => {
      const peakMs = await device.say(999);
      await platform.kill();
      platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort }, env: { DATABASE_URL: url } });
      api = await ApiClient.login(platform);
      return peakMs;
    };

    await device.say(40);
    const warmSinceMs = await device.say(60);
    device.value = 60;
    device.start();
    await eventually(() => (device.acknowledged.size > 20 ? true : undefined), '20 acknowledgements');
    const peaks = [await kill()];
    const [alert] = await eventually(async () => {
      const alerts = await alertsOf('Warm for long');
      return alerts.length > 0 ? alerts : undefined;
    }, 'the alert is raised');
    const raisedMs = Date.parse(alert?.raised_at ?? '');
    const dueMs = warmSinceMs + DURATION_SECONDS * 1_000;
    // On a busy machine the device is not as regular as it wants to be.
    const firstMs = await eventually(
      () => [...device.acknowledged.keys()].filter((ms) => ms >= dueMs).sort((a, b) => a - b)[0],
      'the first reading after the duration',
    );
    assert.ok(raisedMs >= dueMs && raisedMs <= firstMs, `raised ${String(raisedMs - dueMs)} ms after the duration was over`);

    peaks.push(await kill());
    device.value = 40;
    const [over] = await eventually(async () => {
      const alerts = await alertsOf('Warm for long');
      return alerts.every(({ status }) => status === 'resolved') ? alerts : undefined;
    }, 'the alert is cleared');
    assert.equal((await alertsOf('Warm for long')).length, 1, 'it was raised once');
    assert.equal(Date.parse(over?.raised_at ?? ''), raisedMs);
    assert.equal(device.acknowledged.get(Date.parse(over?.resolved_at ?? '')), 40);

    const found = await eventually(async () => {
      const alerts = await alertsOf('Peak');
      return alerts.length >= peaks.length && alerts.every(({ status }) => status === 'resolved') ? alerts : undefined;
    }, 'every peak is judged');
    assert.deepEqual(found.map(({ raised_at: raised }) => Date.parse(raised)).sort(), peaks);
    assert.ok(found.every(({ occurrences }) => occurrences === 1));

    await device.stop();
    await platform.stop();
    await drop();
    rmSync(dataDir, { recursive: true, force: true });
  });
});
