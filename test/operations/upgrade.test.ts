import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import mqtt from 'mqtt';
import pg from 'pg';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { ConnectionConfig } from '../../src/storage/connection.ts';
import { MIGRATIONS_DIR, migrate, migrationNames } from '../../src/storage/migrate.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import { EditorClient } from '../support/editor.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { createEmptyDatabase, queryOnce } from '../support/postgres.ts';

/** What the platform itself wrote at its version with the schema 0027 (make-upgrade-fixture.ts), before analytics and accounts of loss. */
const FIXTURE = path.join(import.meta.dirname, 'fixtures', 'schema-0027');
const LAST_OLD_MIGRATION = '0027_usual_distances';
const PASSWORD = 'a password only for tests';

interface Row {
  table: string;
  row: Record<string, unknown>;
}

const { keys, files } = JSON.parse(readFileSync(path.join(FIXTURE, 'files.json'), 'utf8')) as {
  keys: { pump: string; reporting: string };
  files: Record<string, string>;
};
const rows = readFileSync(path.join(FIXTURE, 'rows.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Row);
const of = (table: string) => rows.filter((entry) => entry.table === table).map(({ row }) => row);

/** A database as the older version left it. */
async function olderDatabase(connection: ConnectionConfig): Promise<void> {
  const older = mkdtempSync(path.join(os.tmpdir(), 'insa-older-'));
  try {
    for (const file of readdirSync(MIGRATIONS_DIR).filter((name) => name <= `${LAST_OLD_MIGRATION}.sql`))
      copyFileSync(path.join(MIGRATIONS_DIR, file), path.join(older, file));
    const applied = await migrate({ connection, logger: silentLogger, directory: older });
    assert.equal(applied.at(-1), LAST_OLD_MIGRATION);
  } finally {
    rmSync(older, { recursive: true });
  }
  const partitions = new Partitions({ connection, clock: systemClock, logger: silentLogger });
  for (const { time } of of('telemetry')) await partitions.ensureFor(Date.parse(String(time)));
  await load(connection);
}

async function load(connection: ConnectionConfig): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    // As pg_restore does it: rows as they were, whatever refers to what, and without triggers.
    await client.query('set session_replication_role = replica');
    for (const table of new Set(rows.map((entry) => entry.table))) {
      await client.query(`delete from ${table}`);
      const computed = await computedColumns(client, table);
      for (const row of of(table)) {
        const columns = Object.keys(row).filter((name) => !computed.includes(name));
        await client.query(insertOf(table, columns), [JSON.stringify(row)]);
      }
    }
    const { rows: counters } = await client.query<{ table: string; column: string }>(
      `select c.relname as table, a.attname as column from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'public'::regnamespace and a.attidentity <> '' and not c.relispartition`,
    );
    for (const { table, column } of counters)
      await client.query(`select setval(pg_get_serial_sequence($1, $2), (select coalesce(max(${column}), 0) + 1 from ${table}), false)`, [
        table,
        column,
      ]);
  } finally {
    await client.end();
  }
}

async function computedColumns(client: pg.Client, table: string): Promise<string[]> {
  const { rows: found } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attgenerated <> ''`,
    [table],
  );
  return found.map(({ name }) => name);
}

/** Names its columns: those that the database computes are left to it. */
function insertOf(table: string, columns: readonly string[]): string {
  const names = columns.join(', ');
  return `insert into ${table} (${names}) overriding system value select ${names} from jsonb_populate_record(null::${table}, $1)`;
}

/** The rows of the fixture that a table does not have any more, by the columns they had. */
async function changed(connection: ConnectionConfig, table: string): Promise<unknown[]> {
  const found = await queryOnce(connection, `select to_jsonb(t) as row from ${table} t`);
  const texts = new Map<string, Set<string>>();
  return of(table).filter((row) => {
    const names = Object.keys(row).sort();
    const shape = names.join();
    let known = texts.get(shape);
    if (known === undefined) {
      known = new Set(found.map((entry) => JSON.stringify(names.map((name) => (entry['row'] as Record<string, unknown>)[name]))));
      texts.set(shape, known);
    }
    return !known.has(JSON.stringify(names.map((name) => row[name])));
  });
}

describe('an upgrade from the schema before analytics, with data', () => {
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
  let platform: RunningPlatform;
  let running: RunningPlatform | undefined;
  let api: ApiClient;
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'insa-upgrade-'));

  before(async () => {
    database = await createEmptyDatabase();
    await olderDatabase(database.connection);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(dataDir, name)), { recursive: true });
      writeFileSync(path.join(dataDir, name), content, { mode: 0o600 });
    }
  });
  after(async () => {
    await running?.dispose();
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('brings the schema to this version and changes no row', async () => {
    const tables = [...new Set(rows.map(({ table }) => table))];
    for (const table of tables) assert.deepEqual(await changed(database.connection, table), [], `${table} before`);
    const applied = await migrate({ connection: database.connection, logger: silentLogger });
    const names = await migrationNames();
    assert.deepEqual(applied, names.slice(names.indexOf(LAST_OLD_MIGRATION) + 1));
    assert.ok(applied.length > 0);
    assert.ok(tables.length > 25 && rows.length > 200, 'there is data of every kind');
    for (const table of tables) assert.deepEqual(await changed(database.connection, table), [], `${table} after`);
  });

  it('lets the same people, keys and devices in', async () => {
    // What is kept for some days only must not depend on when the test runs.
    const env = { DATABASE_URL: database.url, ADMIN_PASSWORD: PASSWORD, NOTIFICATION_RETENTION_DAYS: '36600' };
    platform = running = await startPlatform({ dataDir, env });
    api = await ApiClient.login(platform);
    const berta = await new ApiClient(platform).call('POST', '/auth/login', { username: 'berta', password: 'a password of berta' });
    assert.equal(berta.status, 200, JSON.stringify(berta.body));
    const { status, body } = await api.withKey(keys.reporting).call('GET', '/devices');
    assert.equal(status, 200, JSON.stringify(body));
  });

  it('shows over the API what was there before', async () => {
    const list = async (route: string) => (await api.call('GET', route)).body['items'] as Record<string, unknown>[];
    const names = async (route: string, field: string) => (await list(route)).map((item) => item[field]).sort();
    assert.deepEqual(await names('/devices', 'device_id'), ['pump-01', 'pump-02']);
    assert.deepEqual(await names('/users', 'username'), ['admin', 'berta']);
    const rules = await names('/rules', 'name');
    for (const rule of ['Hot', 'Spread', 'Warm']) assert.ok(rules.includes(rule), rule);
    assert.deepEqual(await names('/dashboards', 'name'), ['Shift']);
    assert.deepEqual(await names('/webhooks', 'name'), ['Wall']);
    assert.deepEqual(
      await names('/alerts?limit=100', 'id'),
      of('alerts')
        .map((row) => row['alert_id'])
        .sort(),
    );
    const temperature = of('series').find((row) => row['key'] === 'temperature')?.['series_id'];
    const before = of('telemetry').filter((row) => row['series_id'] === temperature);
    const first = String(before.map((row) => row['time']).sort()[0]);
    const stored = await list(`/telemetry/pump-01?keys=temperature&limit=500&start=${encodeURIComponent(new Date(first).toISOString())}`);
    const marks = (entries: Record<string, unknown>[], time: string) =>
      entries.map((entry) => [Date.parse(String(entry[time])), entry['value']]).sort();
    assert.deepEqual(marks(stored, 'timestamp'), marks(before, 'time'));
    const editor = await EditorClient.login(platform);
    assert.ok((await editor.flows()).flows.some((node) => node['label'] === 'Kept over the upgrade'));
  });

  it('goes on with rules and alerts where they were', async () => {
    const alerts = async (name: string) =>
      ((await api.call('GET', '/alerts?limit=100')).body['items'] as { id: string; rule_name: string; status: string }[]).filter(
        ({ rule_name: rule }) => rule === name,
      );
    const open = of('alerts').filter((row) => row['rule_name'] === 'Warm' && row['resolved_at'] === null);
    assert.equal(open.length, 1, 'the fixture has an open alert');
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, { username: 'pump-01', password: keys.pump });
    const say = (temperature: number) => client.publishAsync('insa/devices/pump-01/telemetry', JSON.stringify({ temperature }), { qos: 1 });
    await say(30);
    const isOver = async () => (await alerts('Warm')).some(({ id, status }) => id === open[0]?.['alert_id'] && status === 'resolved');
    await eventually(async () => (await isOver()) || undefined, 'the open alert to be resolved');
    const count = (await alerts('Hot')).length;
    await say(95);
    await eventually(async () => (await alerts('Hot')).length > count || undefined, 'the next alert');
    await client.endAsync();
  });
});
