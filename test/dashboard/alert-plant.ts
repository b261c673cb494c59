import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import type { ConnectionConfig } from '../../src/storage/postgres.ts';
import { refusal, startMailServer } from '../notify/smtp.ts';
import type { MailServer } from '../notify/smtp.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { createEmptyDatabase, queryOnce } from '../support/postgres.ts';
import { enter, launch, SCREENS, visit, waitUntilLive } from './support.ts';
import type { ScreenName, Visit } from './support.ts';

/** An alert as a list has it. */
export interface ListedAlert {
  id: string;
  device_id: string;
  status: string;
}

/** What stands in the messages of critical alerts. */
export const HOSTILE = '<img src=x onerror=alert(1)>';
/** Who gets an e-mail. */
export const ADDRESS = 'ops@example.com';
const COOL = 20;

const at = (id: string, type: string, wires: string[][], fields: object = {}): object => ({
  ...{ id, type, z: 'tab', name: '', x: 100, y: 100, wires },
  ...fields,
});

/** A rule for what is critical, told by e-mail and webhook, and one for what is not. */
function flowOf(webhookUrl: string): object[] {
  const limit = { operator: '>', value: 80, clearValue: 75 };
  return [
    { id: 'tab', type: 'tab', label: 'Plant', disabled: false, info: '' },
    at('mqtt', 'iiot-mqtt-broker', [['in']], { configVersion: 1 }),
    at('in', 'iiot-ingest', [['hot', 'loud'], []], { trustTopicDevice: false, configVersion: 1 }),
    at('hot', 'iiot-threshold-rule', [['alert'], ['alert']], {
      ...limit,
      name: 'Too hot',
      key: 'temperature',
      severity: 'critical',
      message: `${HOSTILE} {{value}} is too hot`,
    }),
    at('loud', 'iiot-threshold-rule', [['alert'], ['alert']], {
      ...limit,
      name: 'Too loud',
      key: 'noise',
      severity: 'warning',
      message: '{{value}} is too loud',
    }),
    at('alert', 'iiot-alert', [['mail', 'hook'], ['mail', 'hook'], []], { configVersion: 1 }),
    at('mail', 'iiot-email', [[]], { recipients: ADDRESS, on: 'raised', configVersion: 1 }),
    at('hook', 'iiot-webhook', [[]], { url: webhookUrl, on: 'raised', configVersion: 1 }),
  ];
}

/** The whole program with devices, rules, a real mail server and a real endpoint, and a browser that looks at it. */
export class AlertPlant {
  /** What the endpoint took. */
  readonly hooks: string[] = [];
  /** The mail server refuses everybody for good. */
  isMailRefused = false;
  /** The endpoint refuses everything for good. */
  isHookBroken = false;
  private readonly devices = new Map<string, MqttClient>();
  private readonly visits: Visit[] = [];
  private env: Record<string, string> = {};
  private parts:
    | {
        platform: RunningPlatform;
        browser: Browser;
        api: ApiClient;
        mail: MailServer;
        endpoint: Server;
        database: Awaited<ReturnType<typeof createEmptyDatabase>>;
      }
    | undefined;

  get platform(): RunningPlatform {
    return this.running.platform;
  }

  get api(): ApiClient {
    return this.running.api;
  }

  get mail(): MailServer {
    return this.running.mail;
  }

  async start(chromiumPath: string): Promise<void> {
    const browser = await launch(chromiumPath);
    const mail = await startMailServer({
      onRcptTo: (_address, _session, done) => done(this.isMailRefused ? refusal(550, '5.1.1 no such person here') : null),
    });
    const endpoint = await this.startEndpoint();
    const database = await createEmptyDatabase();
    this.env = {
      DATABASE_URL: database.url,
      SMTP_URL: `smtp://127.0.0.1:${String(mail.port)}`,
      MAIL_FROM: 'plant@example.com',
      WEBHOOK_ALLOW_CIDRS: '127.0.0.0/8',
      PUBLIC_URL: 'https://iot.example.com',
    };
    const platform = await startPlatform({ env: this.env });
    const api = await ApiClient.login(platform);
    this.parts = { platform, browser, api, mail, endpoint, database };
    for (const id of ['pump-01', 'pump-02', 'fan-01']) await this.connect(id);
    const { port } = endpoint.address() as AddressInfo;
    const deployed = await api.call('POST', '/flows/import', { flows: flowOf(`http://127.0.0.1:${String(port)}/hook`), mode: 'replace' });
    assert.equal(deployed.status, 200, JSON.stringify(deployed.body));
  }

  /** After each test: what the pages complained of fails it, and nothing stays open. */
  async tidy(): Promise<void> {
    for (const opened of this.visits.splice(0)) {
      await opened.close();
      assert.deepEqual(opened.complaints, []);
    }
    this.isMailRefused = false;
    this.isHookBroken = false;
    for (const id of this.devices.keys()) await this.publish(id, { temperature: COOL, noise: COOL });
    for (const { id } of await this.open()) await this.api.call('POST', `/alerts/${id}/resolve`, {});
  }

  async stop(): Promise<void> {
    const { platform, browser, mail, endpoint, database } = this.running;
    for (const device of this.devices.values()) await device.endAsync(true);
    await browser.close();
    await platform.dispose();
    await database.drop();
    await mail.stop();
    await new Promise((resolve) => endpoint.close(resolve));
  }

  /** Stops the program, lets something be done without it, and starts it again where it was. */
  async without(what: () => Promise<void>): Promise<void> {
    const { dataDir, httpUrl, mqttPort } = this.platform;
    await this.platform.stop();
    await what();
    this.running.platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort }, env: this.env });
    await eventually(() => ([...this.devices.values()].every(({ connected }) => connected) ? true : undefined), 'the devices are back');
  }

  /** A new device, connected. */
  async connect(id: string): Promise<void> {
    const key = await this.api.createDevice(id);
    this.devices.set(
      id,
      await mqtt.connectAsync(`mqtt://127.0.0.1:${String(this.platform.mqttPort)}`, {
        username: id,
        password: key,
        reconnectOnConnackError: true,
      }),
    );
  }

  /** The end of a device, with its record. */
  async remove(id: string): Promise<void> {
    await this.devices.get(id)?.endAsync(true);
    this.devices.delete(id);
    assert.equal((await this.api.call('DELETE', `/devices/${id}`)).status, 204);
  }

  async publish(id: string, data: Record<string, number>): Promise<void> {
    const device = await eventually(() => {
      const known = this.devices.get(id);
      return known?.connected === true ? known : undefined;
    }, `${id} to be connected`);
    await device.publishAsync(`insa/devices/${id}/telemetry`, JSON.stringify({ data }), { qos: 1 });
  }

  async open(): Promise<ListedAlert[]> {
    return (await this.api.call('GET', '/alerts?status=active,acknowledged&limit=500')).body['items'] as ListedAlert[];
  }

  /** Whatever was before, the rule sees its limit crossed from below; answers the id of the alert. */
  async raise(device: string, key: 'temperature' | 'noise', value = 91.5): Promise<string> {
    const before = new Set((await this.open()).map(({ id }) => id));
    await this.publish(device, { [key]: COOL });
    await this.publish(device, { [key]: value });
    const raised = async () => (await this.open()).find(({ id, device_id: of }) => of === device && !before.has(id))?.id;
    return eventually(raised, `an alert of ${device}`);
  }

  sql(text: string, values: unknown[] = []): Promise<unknown> {
    const connection: ConnectionConfig = this.running.database.connection;
    return queryOnce(connection, text, values);
  }

  /** Somebody who is not known opens a path. */
  async visit(path: string, options: Parameters<typeof visit>[3] = {}): Promise<Page> {
    const opened = await visit(this.running.browser, this.platform, path, options);
    this.visits.push(opened);
    return opened.page;
  }

  /** The administrator opens a path. */
  async enterAt(path: string, screen: ScreenName = 'desktop', colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const opened = await enter(this.running.browser, this.platform, { ...SCREENS[screen], colorScheme });
    this.visits.push(opened);
    await opened.page.goto(this.platform.httpUrl + path);
    await waitUntilLive(opened.page);
    return opened.page;
  }

  private async startEndpoint(): Promise<Server> {
    const endpoint = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        if (!this.isHookBroken) this.hooks.push(body);
        response.writeHead(this.isHookBroken ? 403 : 200).end(this.isHookBroken ? 'not today' : 'thank you');
      });
    });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  private get running() {
    assert.ok(this.parts, 'the plant was started');
    return this.parts;
  }
}

/** The row of an alert in a list. */
export const rowOf = (page: Page, id: string) => page.locator(`[data-alert="${id}"]`);
