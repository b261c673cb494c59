import assert from 'node:assert/strict';
import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';
import { startMailServer, startOddServer } from '../notify/smtp.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { createEmptyDatabase } from '../support/postgres.ts';

const RULES = 12;
const ROUNDS = 4;
/** From the reading until its alert is known. */
const JUDGED_MS = 3_000;
/** From when an alert is known until the mail server has taken all e-mails. */
const HANDED_MS = 5_000;

interface ShownAlert {
  id: string;
  status: string;
  known_at: string;
}

/** Rules that send an e-mail each, on the whole program. */
class Plant {
  readonly platform: RunningPlatform;
  readonly api: ApiClient;
  private readonly gateway: MqttClient;

  private constructor(platform: RunningPlatform, api: ApiClient, gateway: MqttClient) {
    this.platform = platform;
    this.api = api;
    this.gateway = gateway;
  }

  static async start(databaseUrl: string, smtpPort: number): Promise<Plant> {
    const env = { DATABASE_URL: databaseUrl, SMTP_URL: `smtp://127.0.0.1:${String(smtpPort)}`, MAIL_FROM: 'plant@example.com' };
    const platform = await startPlatform({ env });
    const api = await ApiClient.login(platform);
    for (let i = 0; i < RULES; i += 1) {
      await api.createDevice(`pump-${String(i)}`);
      const created = await api.call('POST', '/rules', {
        ...{ name: `Hot ${String(i)}`, rule_type: 'threshold', severity: 'critical', device_id: `pump-${String(i)}` },
        conditions: { key: 'temperature', operator: '>', value: 80, clear_value: 75 },
        actions: [{ type: 'email', recipients: [`ops-${String(i)}@example.com`], on: ['raised'] }],
      });
      assert.equal(created.status, 201, JSON.stringify(created.body));
    }
    const { body } = await api.call('POST', '/api-keys', { name: 'hall', kind: 'gateway' });
    const url = `mqtt://127.0.0.1:${String(platform.mqttPort)}`;
    return new Plant(platform, api, await mqtt.connectAsync(url, { username: 'hall', password: String(body['key']), reconnectPeriod: 0 }));
  }

  /** Every device sends the value; answers when, epoch milliseconds. */
  async send(temperature: number): Promise<number> {
    const sentMs = new Date().getTime();
    const payload = JSON.stringify({ temperature });
    await Promise.all(
      Array.from({ length: RULES }, (_, i) => this.gateway.publishAsync(`insa/devices/pump-${String(i)}/telemetry`, payload, { qos: 1 })),
    );
    return sentMs;
  }

  /** Waits until so many alerts have the status. */
  async alerts(status: string, count: number): Promise<ShownAlert[]> {
    return eventually(
      async () => {
        const items = (await this.api.call('GET', `/alerts?limit=200&status=${status}`)).body['items'] as ShownAlert[];
        return items.length >= count ? items : undefined;
      },
      `${String(count)} alerts that are ${status}`,
    );
  }

  async stop(): Promise<void> {
    await this.gateway.endAsync(true);
    await this.platform.dispose();
  }
}

describe('e-mails of alerts of the whole program', () => {
  const ended: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ended.splice(0).reverse()) await end();
  });

  const start = async (smtpPort: number): Promise<Plant> => {
    const { url, drop } = await createEmptyDatabase();
    ended.push(drop);
    const plant = await Plant.start(url, smtpPort);
    ended.push(() => plant.stop());
    return plant;
  };

  it('never keep rules waiting, though the mail server hangs at its greeting', async () => {
    const server = await startOddServer('connect', 'hang');
    ended.push(() => server.stop());
    const plant = await start(server.port);
    await plant.send(95);
    await plant.alerts('active', RULES);
    // Every place of the channel is taken by a connection that says nothing.
    await eventually(() => server.connections() >= 5 || undefined, 'all connections hang');
    for (let round = 1; round <= ROUNDS; round += 1) {
      await plant.send(20);
      await plant.alerts('resolved', round * RULES);
      const sentMs = await plant.send(95);
      const active = await plant.alerts('active', RULES);
      const lateMs = active.map(({ known_at: at }) => Date.parse(at) - sentMs);
      assert.ok(Math.max(...lateMs) < JUDGED_MS, `known ${lateMs.join(', ')} ms after the readings were sent`);
    }
    const told = await eventually(async () => {
      const { body } = await plant.api.call('GET', '/notifications?limit=200&channel=email');
      const items = body['items'] as { alert_id: string; status: string }[];
      return items.length >= (ROUNDS + 1) * RULES ? items : undefined;
    }, 'an e-mail of every alert is queued');
    assert.equal(new Set(told.map(({ alert_id: id }) => id)).size, (ROUNDS + 1) * RULES);
    assert.deepEqual(new Set(told.map(({ status }) => status)), new Set(['pending']));
  });

  it('are handed to the mail server within 5 s of the alert', async () => {
    const server = await startMailServer();
    ended.push(() => server.stop());
    const plant = await start(server.port);
    await plant.send(20);
    await plant.send(95);
    await eventually(() => server.mails.length >= RULES || undefined, 'all e-mails');
    const takenMs = new Date().getTime();
    const alerts = await plant.alerts('active', RULES);
    const lateMs = alerts.map(({ known_at: at }) => takenMs - Date.parse(at));
    assert.ok(Math.max(...lateMs) < HANDED_MS, `the last was taken ${lateMs.join(', ')} ms after the alerts were known`);
    assert.deepEqual(
      server.mails.map(({ to }) => to.join()).sort(),
      Array.from({ length: RULES }, (_, i) => `ops-${String(i)}@example.com`).sort(),
    );
  });
});
