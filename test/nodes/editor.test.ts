import assert from 'node:assert/strict';
import { startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { until } from './support/until.ts';

interface FlowNode {
  id: string;
  type: string;
  z?: string;
  label?: string;
  [field: string]: unknown;
}

/** The whole program with the demo plant, through the editor's own API. */
describe('the editor of a new installation', () => {
  let platform: RunningPlatform;
  let person: Person;

  before(async () => {
    platform = await startPlatform({ env: { DEMO: 'true' } });
    person = await Person.login(platform);
  });

  after(() => platform.dispose());

  it('has our nodes without an error, and none that reach the machine', async () => {
    const sets = await person.get<{ id: string; types: string[]; err?: unknown }[]>('/editor/nodes', 'application/json');
    const ours = sets.filter(({ id }) => id.startsWith('insa-iiot-nodes/'));
    assert.deepEqual(
      ours.filter(({ err }) => err !== undefined),
      [],
    );
    const types = new Set(sets.flatMap((set) => set.types));
    for (const type of ['iiot-mqtt-broker', 'iiot-ingest', 'iiot-threshold-rule', 'mqtt in', 'function']) assert.ok(types.has(type), type);
    for (const type of ['exec', 'file', 'file in', 'watch', 'aedes broker']) assert.ok(!types.has(type), type);
  });

  it('runs three machines that log in with their own keys, and a fault of one becomes an alert that clears', async () => {
    await until(async () => (await person.devices()).filter(({ status }) => status === 'online').length === 3, 'three machines online');
    assert.ok((await person.devices()).every(({ origin }) => origin === 'demo'));
    await person.post('/editor/inject/insa-demo-boiler-fault');
    const alerts = () => person.get<{ items: { device_id: string; status: string }[] }>('/api/v1/alerts');
    const boiler = async () => (await alerts()).items.find(({ device_id }) => device_id === 'boiler-demo')?.status;
    // Each press of the button lets two seconds of the model pass.
    const steps = async (status: string) => {
      await person.post('/editor/inject/insa-demo-boiler-tick');
      return (await boiler()) === status;
    };
    await until(() => steps('active'), 'the alert of the boiler');
    await until(() => steps('resolved'), 'the boiler to cool down');
  });

  it('removes the demo plant with devices and tab, keeps what the engineer changed, and never brings it back', async () => {
    const flows = await person.get<FlowNode[]>('/editor/flows');
    const changed = flows.map((node) => (node.id === 'insa-main' ? { ...node, label: 'My plant' } : node));
    await person.post('/editor/flows', [...changed, { id: 'mine', type: 'comment', z: 'insa-main', name: 'mine', x: 1, y: 1, wires: [] }]);

    await person.post('/editor/insa/demo/remove');
    const check = async () => {
      const now = await person.get<FlowNode[]>('/editor/flows');
      assert.equal(now.find(({ id }) => id === 'insa-main')?.label, 'My plant');
      assert.ok(now.some(({ id }) => id === 'mine'));
      assert.deepEqual(
        now.filter(({ id, z }) => id.startsWith('insa-demo') || z === 'insa-demo'),
        [],
      );
      assert.deepEqual(await person.devices(), []);
    };
    await check();

    await platform.stop();
    const { dataDir, httpUrl, mqttPort } = platform;
    platform = await startPlatform({ env: { DEMO: 'true' }, dataDir, ports: { httpUrl, mqttPort } });
    person = await Person.login(platform);
    await check();
  });
});

/** An administrator in a browser. */
class Person {
  private readonly base: string;
  private readonly headers: Record<string, string>;

  private constructor(base: string, headers: Record<string, string>) {
    this.base = base;
    this.headers = headers;
  }

  static async login({ httpUrl, adminUsername: username, adminPassword: password }: RunningPlatform): Promise<Person> {
    const body = JSON.stringify({ username, password });
    const response = await fetch(`${httpUrl}/api/v1/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { access_token: token } = (await response.json()) as { access_token: string };
    const cookie = response.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0])
      .join('; ');
    return new Person(httpUrl, { cookie, authorization: `Bearer ${token}` });
  }

  async get<Body>(path: string, accept = 'application/json'): Promise<Body> {
    const response = await fetch(this.base + path, { headers: { ...this.headersFor(path), accept } });
    assert.equal(response.status, 200, `${path}: ${String(response.status)}`);
    return (await response.json()) as Body;
  }

  async post(path: string, body?: unknown): Promise<void> {
    const headers = { ...this.headersFor(path), 'content-type': 'application/json' };
    const response = await fetch(this.base + path, { method: 'POST', headers, body: body === undefined ? null : JSON.stringify(body) });
    assert.ok(response.ok, `${path}: ${String(response.status)} ${await response.text()}`);
  }

  async devices(): Promise<{ device_id: string; status: string; origin: string }[]> {
    return (await this.get<{ items: { device_id: string; status: string; origin: string }[] }>('/api/v1/devices')).items;
  }

  /** The editor knows the cookie, the API the token. */
  private headersFor(path: string): Record<string, string> {
    const { cookie = '', authorization = '' } = this.headers;
    return path.startsWith('/editor') ? { cookie } : { authorization };
  }
}
