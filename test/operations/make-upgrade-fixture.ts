import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import mqtt from 'mqtt';
import pg from 'pg';
import { EmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { databasePassword } from '../support/embedded-server.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

/*
 * Makes the fixture of upgrade.test.ts: data of every kind, made by the platform itself at the version whose checkout this file is run in
 * (`node test/operations/make-upgrade-fixture.ts FOLDER` after a build). Every row of every table becomes a line of rows.jsonl; secrets
 * and flows are kept beside it, because keys and headers are sealed with them.
 */
const PAST = Array.from({ length: 30 }, (_, minute) => ({ minute, value: 20 + (minute % 7) }));

async function must(api: ApiClient, method: string, route: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await api.call(method, route, body);
  if (answer.status >= 300) throw new Error(`${method} ${route}: ${String(answer.status)} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

async function fillPeople(api: ApiClient): Promise<string> {
  await must(api, 'POST', '/roles', { name: 'night-shift', description: 'Looks at night', permissions: ['alerts:read', 'devices:read'] });
  const person = { username: 'berta', email: 'berta@example.com', roles: ['operator', 'night-shift'], password: 'a password of berta' };
  await must(api, 'POST', '/users', { ...person, must_change_password: false });
  const key = await must(api, 'POST', '/api-keys', { name: 'reporting', kind: 'program', permissions: ['telemetry:read', 'devices:read'] });
  return String(key['key']);
}

async function fillRules(api: ApiClient): Promise<void> {
  const webhook = await must(api, 'POST', '/webhooks', { url: 'http://127.0.0.1:9/alerts', name: 'Wall' });
  const actions = [{ type: 'webhook', url: webhook['url'], headers: { 'x-plant': 'a secret of the plant' } }];
  const rules = [
    { name: 'Hot', rule_type: 'threshold', conditions: { key: 'temperature', operator: '>', value: 80, clear_value: 70 }, actions },
    { name: 'Warm', rule_type: 'threshold', conditions: { key: 'temperature', operator: '>', value: 50, clear_value: 45 } },
    {
      name: 'Spread',
      rule_type: 'statistical',
      conditions: { key: 'temperature', window: '10m', function: 'avg', operator: '>', value: 500 },
    },
  ];
  for (const rule of rules) await must(api, 'POST', '/rules', { ...rule, device_id: 'pump-01', severity: 'warning' });
}

async function fillDevices(platform: RunningPlatform, api: ApiClient): Promise<string> {
  const key = await api.createDevice('pump-01');
  await api.createDevice('pump-02');
  await must(api, 'POST', '/devices/pump-01/config', { interval_seconds: 10 });
  await must(api, 'POST', '/devices/pump-02/commands', { command: 'stop', params: { within_seconds: 5 }, timeout_seconds: 3_600 });
  await fillRules(api);
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, {
    ...{ username: 'pump-01', password: key, clientId: 'pump-01', clean: false },
  });
  await client.subscribeAsync('insa/devices/pump-01/commands', { qos: 1 }).catch(() => undefined);
  const topic = 'insa/devices/pump-01/telemetry';
  const firstMs = Math.floor(Date.now() / 60_000) * 60_000 - PAST.length * 60_000;
  for (const { minute, value } of PAST)
    await client.publishAsync(
      topic,
      JSON.stringify({ timestamp: firstMs + minute * 60_000, data: { temperature: value, state: `step ${String(minute)}` } }),
      { qos: 1 },
    );
  for (const value of [90, 40, 60])
    await client.publishAsync(topic, JSON.stringify({ temperature: value, pressure: { value: 4.2, unit: 'bar' } }), { qos: 1 });
  await client.publishAsync(topic, 'this is no reading', { qos: 1 });
  await client.publishAsync('insa/devices/pump-01/status', '{"status":"online"}', { qos: 1, retain: true });
  await client.endAsync();
  return key;
}

async function fillAlerts(api: ApiClient): Promise<void> {
  const all = async () => (await api.call('GET', '/alerts?limit=100')).body['items'] as { id: string; rule_name: string; status: string }[];
  const alerts = await eventually(async () => {
    const found = await all();
    return ['active', 'resolved'].every((wanted) => found.some(({ status }) => status === wanted)) ? found : undefined;
  }, 'alerts');
  const open = alerts.find(({ status }) => status === 'active');
  if (open === undefined) throw new Error(`No alert is open: ${JSON.stringify(alerts)}`);
  await must(api, 'POST', `/alerts/${open.id}/notes`, { note: 'Looked at it' });
  await must(api, 'POST', `/alerts/${open.id}/acknowledge`, {});
}

async function dump(platform: RunningPlatform, folder: string): Promise<void> {
  const embedded = new EmbeddedPostgres({ dataDir: platform.dataDir, password: databasePassword(platform.dataDir), logger: silentLogger });
  const client = new pg.Client(await embedded.start());
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and c.relname <> 'schema_migrations' order by 1`,
  );
  const lines: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: string }>(`select to_jsonb(t)::text as row from ${name} t order by 1`);
    for (const { row } of rows) lines.push(`{"table": "${name}", "row": ${row}}`);
  }
  writeFileSync(path.join(folder, 'rows.jsonl'), `${lines.join('\n')}\n`);
  await client.end();
  await embedded.stop();
}

/** Secrets and flows, as text in one file. */
function keepFiles(platform: RunningPlatform, folder: string, keys: Record<string, string>): void {
  const names = [
    ...readdirSync(path.join(platform.dataDir, 'secrets')).map((name) => `secrets/${name}`),
    ...['node-red/flows.json', 'node-red/flows_cred.json'],
  ].filter((name) => name !== 'secrets/database-password');
  const read = (name: string): [string, string][] => {
    try {
      return [[name, readFileSync(path.join(platform.dataDir, name), 'utf8')]];
    } catch {
      return [];
    }
  };
  const files = Object.fromEntries(names.flatMap(read));
  writeFileSync(path.join(folder, 'files.json'), `${JSON.stringify({ keys, files }, undefined, 2)}\n`);
}

const [folder = ''] = process.argv.slice(2);
if (folder === '') throw new Error('Name the folder to write.');
mkdirSync(folder, { recursive: true });
const platform = await startPlatform();
const api = await ApiClient.login(platform);
const reporting = await fillPeople(api);
const pump = await fillDevices(platform, api);
await fillAlerts(api);
const board = { name: 'Shift', is_public: true, description: 'For the night' };
await must(api, 'POST', '/dashboards', board);
const { flows } = (await api.call('GET', '/flows')).body as { flows: unknown[] };
const added = [...flows, { id: 'kept0000kept0000', type: 'tab', label: 'Kept over the upgrade' }];
await must(api, 'POST', '/flows/import', { flows: added, mode: 'merge', note: 'before the upgrade' });
await platform.stop();
await dump(platform, folder);
keepFiles(platform, folder, { pump, reporting });
rmSync(platform.dataDir, { recursive: true, force: true });
