import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import mqtt from 'mqtt';
import { backup } from '../../src/app/backup.ts';
import { restore } from '../../src/app/restore.ts';
import { systemClock } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { readManifest } from '../../src/storage/backup/manifest.ts';
import type { Manifest } from '../../src/storage/backup/manifest.ts';
import { EditorClient } from '../support/editor.ts';
import { CountingDevice } from '../support/load.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { rowsOf, runScript, runningDatabase, startScript, withStoppedDatabase } from './support.ts';
import type { Rows } from './support.ts';

const DEVICES = 4;
const WINDOW = 40;

interface ShownAlert {
  id: string;
  rule_name: string;
  status: string;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-backup-'));
const inFolder = (name: string) => path.join(folder, name);

async function say(platform: RunningPlatform, key: string, temperature: number): Promise<void> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, { username: 'oven', password: key });
  await client.publishAsync('insa/devices/oven/telemetry', JSON.stringify({ temperature }), { qos: 1 });
  await client.endAsync();
}

async function alertsOf(api: ApiClient, rule: string): Promise<ShownAlert[]> {
  const { body } = await api.call('GET', '/alerts?limit=100');
  return (body['items'] as ShownAlert[]).filter(({ rule_name: name }) => name === rule);
}

/** Rows that were there before and after must be there in between too. */
function lasting(before: Rows, after: Rows): Map<string, string[]> {
  return new Map([...before].map(([table, sums]) => [table, [...sums].filter((sum) => after.get(table)?.has(sum) === true)]));
}

function missing(expected: ReadonlyMap<string, readonly string[]>, found: Rows): string[] {
  return [...expected].flatMap(([table, sums]) => {
    const count = sums.filter((sum) => found.get(table)?.has(sum) !== true).length;
    return count === 0 ? [] : [`${table}: ${String(count)} of ${String(sums.length)} rows`];
  });
}

/** `npm run backup` and `npm run restore` on the whole program. */
describe('backup and restore', () => {
  let platform: RunningPlatform;
  let api: ApiClient;
  let ovenKey = '';
  const whole = inFolder('whole');

  before(async () => {
    platform = await startPlatform();
    api = await ApiClient.login(platform);
    ovenKey = await api.createDevice('oven');
    const conditions = { key: 'temperature', operator: '>', value: 200, clear_value: 180 };
    const rule = { name: 'Oven hot', rule_type: 'threshold', device_id: 'oven', severity: 'warning', conditions };
    const created = await api.call('POST', '/rules', rule);
    assert.equal(created.status, 201, JSON.stringify(created.body));
    await say(platform, ovenKey, 250);
    await eventually(async () => (await alertsOf(api, 'Oven hot')).length === 1 || undefined, 'the alert');
    mkdirSync(path.join(platform.dataDir, 'scripts'));
    writeFileSync(path.join(platform.dataDir, 'scripts', 'siren.sh'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  });
  after(async () => {
    await platform.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const dataDir = () => ({ DATA_DIR: platform.dataDir });

  it('in the middle of load: what was acknowledged before is there, rows are the same, and the restored platform goes on', async () => {
    const editor = await EditorClient.login(platform);
    const { flows } = await editor.flows();
    await editor.fullDeploy([...flows, { id: 'kept0000kept0000', type: 'tab', label: 'Kept in the backup' }]);
    const deployed = (await editor.flows()).flows;
    const devices: CountingDevice[] = [];
    for (let i = 0; i < DEVICES; i += 1) {
      const key = await api.createDevice(`load-${String(i)}`);
      devices.push(
        await CountingDevice.connect({ port: platform.mqttPort, deviceId: `load-${String(i)}`, key, firstMs: Date.now() - 3_600_000 }),
      );
    }
    for (const device of devices) device.start(WINDOW);
    const acknowledged = () => devices.reduce((sum, device) => sum + device.acknowledged.size, 0);
    await eventually(() => acknowledged() > 3_000 || undefined, '3,000 acknowledgements');

    const rowsBefore = await rowsOf(runningDatabase(platform.dataDir));
    const acknowledgedBefore = devices.map((device) => new Map(device.acknowledged));
    const countBefore = acknowledged();
    const { code, output } = await runScript('backup', [whole], dataDir());
    assert.equal(code, 0, output);
    assert.match(output, /Backup complete: .*whole \(of .*PostgreSQL 18.*schema \d{4}_/s);
    assert.ok(acknowledged() > countBefore, 'the platform acknowledged while the backup ran');
    const rowsAfter = await rowsOf(runningDatabase(platform.dataDir));
    await Promise.all(devices.map((device) => device.stop()));
    assert.deepEqual(
      devices.map(({ disconnects }) => disconnects),
      devices.map(() => 0),
      'no device noticed',
    );

    const into = inFolder('restored');
    const restored = await runScript('restore', [whole, '--into', into], { DATA_DIR: inFolder('nowhere') });
    assert.equal(restored.code, 0, restored.output);
    await withStoppedDatabase(into, async (connection) => {
      const expected = lasting(rowsBefore, rowsAfter);
      const count = [...expected.values()].reduce((sum, rows) => sum + rows.length, 0);
      assert.ok(count > 3_000, `${String(count)} rows were compared`);
      assert.deepEqual(missing(expected, await rowsOf(connection)), []);
    });
    await goesOn(into, { deployed, acknowledgedBefore });
  });

  /** Starts the platform on a restored folder, on other ports, and looks whether everything is as it was and works. */
  async function goesOn(into: string, was: { deployed: unknown; acknowledgedBefore: Map<number, number>[] }): Promise<void> {
    const second = await startPlatform({ dataDir: into, env: { ADMIN_PASSWORD: 'this password is not asked for' } });
    try {
      const login = ApiClient.withToken(second, api.token);
      assert.equal((await login.call('GET', '/auth/me')).status, 200, 'a login from before goes on');
      const again = await ApiClient.login({ ...second, adminPassword: platform.adminPassword });
      const editor = await EditorClient.login({ ...second, adminPassword: platform.adminPassword });
      assert.deepEqual((await editor.flows()).flows, was.deployed, 'the flows are the same');
      assert.equal(statSync(path.join(into, 'scripts', 'siren.sh')).mode & 0o777, 0o700);
      for (const [index, expected] of was.acknowledgedBefore.entries()) {
        const stored = await readings(again, `load-${String(index)}`);
        const lost = [...expected].filter(([ms, value]) => stored.get(ms) !== value);
        assert.deepEqual(lost, [], `load-${String(index)}: nothing that was acknowledged before the backup is missing`);
      }
      const [alert] = await alertsOf(again, 'Oven hot');
      assert.equal(alert?.status, 'active', 'the alert is as open as it was');
      await say(second, ovenKey, 100);
      await eventually(async () => (await alertsOf(again, 'Oven hot'))[0]?.status === 'resolved' || undefined, 'the rule to go on');
      await say(second, ovenKey, 260);
      await eventually(async () => (await alertsOf(again, 'Oven hot')).length === 2 || undefined, 'the next alert');
    } finally {
      await second.stop();
    }
  }

  async function readings(client: ApiClient, deviceId: string): Promise<Map<number, number>> {
    const stored = new Map<number, number>();
    for (let cursor = ''; ;) {
      const { body } = await client.call('GET', `/telemetry/${deviceId}?keys=n&limit=500${cursor}`);
      for (const { timestamp, value } of body['items'] as { timestamp: string; value: number }[]) stored.set(Date.parse(timestamp), value);
      if (typeof body['next_cursor'] !== 'string') return stored;
      cursor = `&cursor=${encodeURIComponent(body['next_cursor'])}`;
    }
  }

  it('keeps the backup from other people, and a list of every file with its SHA-256', () => {
    const { files, folders, database } = readManifest(whole);
    assert.equal(database.kind, 'embedded');
    assert.equal(statSync(whole).mode & 0o777, 0o700);
    for (const name of folders) assert.equal(statSync(path.join(whole, name)).mode & 0o077, 0, name);
    for (const { path: name, bytes, sha256 } of files) {
      const content = readFileSync(path.join(whole, name));
      assert.equal(statSync(path.join(whole, name)).mode & 0o077, 0, name);
      assert.deepEqual([content.length, createHash('sha256').update(content).digest('hex')], [bytes, sha256], name);
    }
    const names = files.map((file) => file.path);
    for (const name of ['data/secrets/jwt-secret', 'data/node-red/flows.json', 'data/scripts/siren.sh', 'cluster/backup_label'])
      assert.ok(names.includes(name), name);
    assert.ok(!names.some((name) => /^data\/(logs|postgres|platform\.lock)/.test(name)));
  });

  it('overwrites nothing, and refuses a place that is missing or inside the data folder', async () => {
    for (const [target, said] of [
      [whole, /exists already, and a backup overwrites nothing/],
      [inFolder('missing/backup'), /There is no folder .*missing to put the backup into/],
      [path.join(platform.dataDir, 'backup'), /lies in the data folder .* itself/],
    ] as const) {
      const { code, output } = await runScript('backup', [target], dataDir());
      assert.equal(code, 1, output);
      assert.match(output, said);
    }
  });

  it('that is interrupted leaves nothing behind, and the platform goes on', async () => {
    const run = startScript('backup', [inFolder('interrupted')], dataDir());
    await eventually(() => readdirSync(folder).some((name) => name.startsWith('interrupted.partial')) || undefined, 'the backup to begin');
    process.kill(run.pid, 'SIGTERM');
    const { code, output } = await run.ended;
    assert.equal(code, 130, output);
    assert.match(output, /Stopped before the end; what was written is removed/);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('interrupted')),
      [],
    );
    const slots = await rowsOf(runningDatabase(platform.dataDir)).then((rows) => rows.size);
    assert.ok(slots > 0, 'the database answers');
  });

  it('says how much room it needs, and leaves the running platform its own', async () => {
    const config = { dataDir: platform.dataDir, databaseUrl: undefined, log: { dir: path.join(platform.dataDir, 'logs') } };
    const common = { config, settingsFile: undefined, version: '1', clock: systemClock, logger: silentLogger };
    const full = backup({ ...common, target: inFolder('full'), freeBytes: () => Promise.resolve(1_000_000_000) });
    await assert.rejects(full, (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'DISK_FULL');
      assert.match(error.message, /has 1,000 MB free and the backup needs about [\d,]+ MB, beside 1,074 MB for the running platform/);
      return true;
    });
    assert.ok(!readdirSync(folder).some((name) => name.startsWith('full')));
    const tight = restore({
      ...{ backup: whole, dataDir: inFolder('tight'), databaseUrl: undefined, logger: silentLogger },
      freeBytes: () => Promise.resolve(1_000_000),
    });
    await assert.rejects(tight, /has 1 MB free and the backup needs \d+ MB/);
    assert.ok(!readdirSync(folder).includes('tight'));
  });

  it('works while the platform is stopped, with the settings file, and after a restore a second one is the same', async () => {
    await platform.stop();
    const settings = inFolder('settings');
    writeFileSync(settings, 'HTTP_PORT=1880\n');
    const made = await runScript('backup', [inFolder('stopped'), '--settings', settings], dataDir());
    assert.equal(made.code, 0, made.output);
    const into = inFolder('stopped-restored');
    mkdirSync(into);
    const back = await runScript('restore', [inFolder('stopped'), '--into', into], {});
    assert.equal(back.code, 0, back.output);
    assert.match(back.output, /The settings are in .*stopped\/settings\.env/);
    const before = await withStoppedDatabase(platform.dataDir, rowsOf);
    const after = await withStoppedDatabase(into, rowsOf);
    assert.deepEqual(after, before, 'every row of every table is the same');
    platform = await startPlatform({ dataDir: platform.dataDir });
  });

  describe('a restore', () => {
    const refused = async (source: string, into = inFolder('refused'), env: Record<string, string> = {}) => {
      const { code, output } = await runScript('restore', [source, '--into', into], env);
      assert.equal(code, 1, output);
      return output;
    };
    /** A copy of the backup to damage. */
    const copy = async (name: string) => {
      await cp(whole, inFolder(name), { recursive: true });
      return inFolder(name);
    };
    /** Writes a changed manifest with a sum that fits, as a newer version would have written it. */
    const rewrite = (source: string, change: (manifest: Manifest) => void) => {
      const manifest = JSON.parse(readFileSync(path.join(source, 'manifest.json'), 'utf8')) as Manifest;
      change(manifest);
      const content = JSON.stringify(manifest);
      writeFileSync(path.join(source, 'manifest.json'), content);
      writeFileSync(path.join(source, 'manifest.sha256'), `${createHash('sha256').update(content).digest('hex')}  manifest.json\n`);
    };
    afterEach(() => assert.ok(!readdirSync(folder).includes('refused'), 'nothing was written'));

    it('refuses a file of which one byte has changed, one that is cut off, and one that is missing, and names it', async () => {
      const source = await copy('damaged');
      const file = path.join(source, 'cluster', 'global', 'pg_control');
      const content = readFileSync(file);
      content[100] = (content[100] ?? 0) ^ 1;
      writeFileSync(file, content);
      assert.match(await refused(source), /The backup is damaged: .*pg_control: its SHA-256 is not the one in the manifest/);
      truncateSync(file, 100);
      assert.match(await refused(source), /pg_control: it has 100 bytes and had 8192/);
      rmSync(file);
      assert.match(await refused(source), /pg_control: the file is missing/);
      writeFileSync(path.join(source, 'manifest.json'), '{}');
      assert.match(await refused(source), /manifest\.json: its SHA-256 is not the one in manifest\.sha256/);
      rmSync(path.join(source, 'manifest.json'));
      assert.match(await refused(source), /is not a complete backup/);
    });

    it('refuses a folder that is not empty and leaves it alone', async () => {
      const output = await refused(whole, platform.dataDir);
      assert.match(output, /is not empty \(.*\)\. Restore into an empty or missing folder/);
    });

    it('refuses a schema, a PostgreSQL and a form that this version does not know, and paths that lead elsewhere', async () => {
      const source = await copy('newer');
      const original = readFileSync(path.join(source, 'manifest.json'));
      const table: [(manifest: Manifest) => void, RegExp][] = [
        [({ database }) => database.kind === 'embedded' && database.migrations.push('9999_future'), /does not know \(9999_future\)/],
        [
          ({ database }) => Object.assign(database, { postgresMajor: 99, postgresVersion: '99.1' }),
          /is of PostgreSQL 99\.1, this version brings/,
        ],
        [(manifest) => Object.assign(manifest, { format: 2 }), /has the form 2; this version knows 1/],
        [({ files }) => Object.assign(files[0] ?? {}, { path: 'data/../../escaped' }), /leads out of the backup/],
      ];
      for (const [change, said] of table) {
        writeFileSync(path.join(source, 'manifest.json'), original);
        rewrite(source, change);
        assert.match(await refused(source), said);
      }
    });

    it('refuses DATABASE_URL beside a backup that has its own database', async () => {
      assert.match(await refused(whole, undefined, { DATABASE_URL: 'postgres://nowhere/x' }), /Unset DATABASE_URL/);
    });

    it('that is interrupted leaves the folder as it was', async () => {
      const into = inFolder('interrupted-restore');
      mkdirSync(into);
      const run = startScript('restore', [whole, '--into', into], {});
      await eventually(() => readdirSync(into).includes('restore-unfinished') || undefined, 'the restore to write');
      process.kill(run.pid, 'SIGTERM');
      const { code, output } = await run.ended;
      assert.equal(code, 130, output);
      assert.deepEqual(readdirSync(into), []);
    });

    it('that was killed leaves a folder that neither the platform nor another restore takes', async () => {
      const into = inFolder('killed');
      mkdirSync(into);
      writeFileSync(path.join(into, 'restore-unfinished'), '');
      assert.match(await refused(whole, into), /holds a restore that was interrupted/);
      await assert.rejects(
        startPlatform({ dataDir: into }),
        /holds a restore that was interrupted\. Empty it and restore the backup again/,
      );
    });
  });

  it('of an installation with a server of its own takes flows and secrets, and says where the database is', async () => {
    const database = await createTestDatabase();
    const own = await startPlatform({ env: { DATABASE_URL: database.url } });
    try {
      const env = { DATA_DIR: own.dataDir, DATABASE_URL: database.url };
      const made = await runScript('backup', [inFolder('external')], env);
      assert.equal(made.code, 0, made.output);
      assert.match(made.output, /The database is on a server of its own \(DATABASE_URL\) and is not in this backup.*pg_dump/);
      const back = await runScript('restore', [inFolder('external'), '--into', inFolder('external-restored')], env);
      assert.equal(back.code, 0, back.output);
      assert.match(back.output, /Restore that database first and set DATABASE_URL/);
      for (const name of ['secrets/jwt-secret', 'node-red/flows.json'])
        assert.deepEqual(
          readFileSync(path.join(inFolder('external-restored'), name)),
          readFileSync(path.join(own.dataDir, name)),
          `${name} is the same`,
        );
    } finally {
      await own.dispose();
      await database.drop();
    }
  });
});
