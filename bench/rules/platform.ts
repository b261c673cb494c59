import { ApiClient, startPlatform } from '../../test/support/platform.ts';
import type { GeneratorOptions } from '../ingest/generator.ts';
import { cpuMsOf, startDatabase } from './bench-database.ts';
import { drive } from './load.ts';
import { deviceIdOf } from './lone-set.ts';
import { optionsOf, report } from './row.ts';

/**
 * What stored rules add to the whole program: 1,000 devices send 10,000 values a second over MQTT in messages of three, once without stored rules
 * and once with one for every three devices and each of their quantities, so that every value is judged by one of them. The default
 * flow's own rule judges in both.
 *
 *     platform.ts --rounds 3 --seconds 20 --devices 1000 --rate 3333
 */
const { rounds, seconds, devices, rate } = optionsOf(process.argv.slice(2), { rounds: 3, seconds: 20, devices: 1_000, rate: 3_333 });
const DEVICES_EACH = 3;
const KEYS = ['temperature', 'humidity', 'pressure'];

/** CPU time for what is to be sent in a second, cores. */
interface Load {
  node: number;
  postgres: number;
}

const database = await startDatabase();
try {
  const platform = await startPlatform({ env: { DATABASE_URL: database.url, LOG_LEVEL: 'warn' } });
  try {
    const api = await ApiClient.login(platform);
    const clients = await createDevices(api);
    const measure = async (): Promise<Load> => {
      const before = { nodeMs: cpuMsOf(platform.pid), postgresMs: database.cpuMs() };
      const result = await drive({ port: platform.mqttPort, clients, seconds, window: 1, rate });
      // On a busy machine less is sent than is to be; what it took is for as much as was sent.
      const ms = (result.acknowledged / rate) * 1_000;
      const [node, postgres] = [(cpuMsOf(platform.pid) - before.nodeMs) / ms, (database.cpuMs() - before.postgresMs) / ms];
      process.stderr.write(
        `${String(result.perSecond)} messages/s acknowledged, p99 ${String(result.p99Ms)} ms, Node.js ${node.toFixed(2)} cores\n`,
      );
      return { node, postgres };
    };
    await measure();
    const without: Load[] = [];
    const withRules: Load[] = [];
    let count = 0;
    for (let round = 0; round < rounds; round += 1) {
      without.push(await measure());
      const ids = await createRules(api);
      count = ids.length;
      withRules.push(await measure());
      for (const id of ids) await must(api.call('DELETE', `/rules/${id}`));
    }
    const name = `whole platform, ${(rate * KEYS.length).toLocaleString('en')} values/s`;
    report({ part: 'platform', what: `${name}, no stored rule: Node.js`, unit: 'cores', rounds: without.map(({ node }) => node) });
    report({
      part: 'platform',
      what: `${name}, no stored rule: PostgreSQL`,
      unit: 'cores',
      rounds: without.map(({ postgres }) => postgres),
    });
    const added = (of: keyof Load): number[] => withRules.map((load, place) => load[of] - (without[place]?.[of] ?? Number.NaN));
    const more = `${name}, what ${count.toLocaleString('en')} stored rules add`;
    report({ part: 'platform', what: `${more}: Node.js`, unit: 'cores', rounds: added('node'), below: 0.5 });
    report({ part: 'platform', what: `${more}: PostgreSQL`, unit: 'cores', rounds: added('postgres') });
  } finally {
    await platform.dispose();
  }
} finally {
  await database.remove();
}

async function createDevices(api: ApiClient): Promise<GeneratorOptions['clients']> {
  const clients: GeneratorOptions['clients'] = [];
  for (let place = 0; place < devices; place += 1) {
    const id = deviceIdOf(place);
    const password = await api.createDevice(id);
    await must(api.call('PUT', `/devices/${id}`, { name: id, location: hallOf(place) }));
    clients.push({ id, username: id, password, topic: `insa/devices/${id}/telemetry` });
  }
  return clients;
}

function hallOf(place: number): string {
  return `hall-${String(Math.floor(place / DEVICES_EACH))}`;
}

async function createRules(api: ApiClient): Promise<string[]> {
  const ids: string[] = [];
  for (let place = 0; place < devices; place += DEVICES_EACH) {
    for (const key of KEYS) {
      const rule = {
        name: `${key} of ${hallOf(place)}`,
        rule_type: 'threshold',
        severity: 'warning',
        scope: { location: hallOf(place) },
        conditions: { key, operator: '>', value: 100_000 },
      };
      ids.push(String((await must(api.call('POST', '/rules', rule)))['id']));
    }
  }
  return ids;
}

async function must(call: ReturnType<ApiClient['call']>): Promise<Record<string, unknown>> {
  const { status, body } = await call;
  if (status >= 300) throw new Error(`The API answered ${String(status)}: ${JSON.stringify(body)}`);
  return body;
}
