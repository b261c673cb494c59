import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import pg from 'pg';
import { EmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { EditorClient } from '../support/editor.ts';
import { databasePassword, serverPid, signalTree } from '../support/embedded-server.ts';
import { CountingDevice } from '../support/load.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { createEmptyDatabase } from '../support/postgres.ts';

const DEVICES = 8;
const WINDOW = 40;

/** Every reading that was acknowledged, checked against what the database holds. */
async function compare(databaseUrl: string, devices: readonly CountingDevice[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const { deviceId, acknowledged } of devices) {
      const { rows } = await client.query<{ ms: string; value: number }>(
        `select round(extract(epoch from t.time) * 1000)::bigint::text as ms, t.value
           from telemetry t join series s using (series_id) where s.device_id = $1`,
        [deviceId],
      );
      const stored = new Map(rows.map(({ ms, value }) => [Number(ms), value]));
      assert.equal(rows.length, stored.size, `${deviceId}: no reading is stored twice`);
      const missing = [...acknowledged].filter(([ms, value]) => stored.get(ms) !== value);
      assert.deepEqual(missing, [], `${deviceId}: nothing that was acknowledged is missing`);
      assert.ok(acknowledged.size > 100, `${deviceId} was really under load (${String(acknowledged.size)} acknowledged)`);
    }
  } finally {
    await client.end();
  }
}

async function connectDevices(platform: RunningPlatform, api: ApiClient): Promise<CountingDevice[]> {
  const devices: CountingDevice[] = [];
  for (let i = 0; i < DEVICES; i++) {
    const deviceId = `load-${String(i)}`;
    const key = await api.createDevice(deviceId);
    devices.push(await CountingDevice.connect({ port: platform.mqttPort, deviceId, key, firstMs: Date.now() - 3_600_000 }));
  }
  for (const device of devices) device.start(WINDOW);
  return devices;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('nothing that was acknowledged is lost', () => {
  it('when the process is killed with SIGKILL under load, again and again', async () => {
    const { url, drop } = await createEmptyDatabase();
    let platform = await startPlatform({ env: { DATABASE_URL: url } });
    const { dataDir, httpUrl, mqttPort } = platform;
    const devices = await connectDevices(platform, await ApiClient.login(platform));
    for (let round = 0; round < 3; round++) {
      const before = devices.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
      await eventually(
        () => (devices.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0) > before + 2_000 ? true : undefined),
        '2,000 acknowledgements',
      );
      await platform.kill();
      platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort }, env: { DATABASE_URL: url } });
    }
    await Promise.all(devices.map((device) => device.stop()));
    await platform.stop();
    await compare(url, devices);
    await drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('when its own embedded database and the process are killed together', async () => {
    let platform = await startPlatform();
    const { dataDir, httpUrl, mqttPort } = platform;
    const api = await ApiClient.login(platform);
    const key = await api.createDevice('pump-01');
    const device = await CountingDevice.connect({ port: mqttPort, deviceId: 'pump-01', key, firstMs: Date.now() - 3_600_000 });
    device.start(WINDOW);
    await eventually(() => (device.acknowledged.size > 1_000 ? true : undefined), '1,000 acknowledgements');
    await platform.kill();
    platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort } });
    const { size } = device.acknowledged;
    await eventually(() => (device.acknowledged.size > size + 500 ? true : undefined), 'acknowledgements after the restart');
    await device.stop();
    const after = await ApiClient.login(platform);
    const stored = new Map<number, number>();
    for (let cursor = ''; ;) {
      const { body } = await after.call('GET', `/telemetry/pump-01?keys=n&limit=500${cursor}`);
      for (const { timestamp, value } of body['items'] as { timestamp: string; value: number }[]) stored.set(Date.parse(timestamp), value);
      if (typeof body['next_cursor'] !== 'string') break;
      cursor = `&cursor=${encodeURIComponent(body['next_cursor'])}`;
    }
    assert.deepEqual(
      [...device.acknowledged].filter(([ms, value]) => stored.get(ms) !== value),
      [],
    );
    await platform.dispose();
  });

  it('under a full deploy every second, and no connection is closed', async () => {
    const { url, drop } = await createEmptyDatabase();
    const platform = await startPlatform({ env: { DATABASE_URL: url } });
    const api = await ApiClient.login(platform);
    const devices = await connectDevices(platform, api);
    const editor = await EditorClient.login(platform);
    for (let i = 0; i < 6; i++) {
      await pause(1_000);
      await editor.fullDeploy();
    }
    await pause(500);
    await Promise.all(devices.map((device) => device.stop()));
    assert.deepEqual(
      devices.map(({ disconnects }) => disconnects),
      devices.map(() => 0),
    );
    const { body } = await api.call('GET', '/telemetry/rejected');
    assert.deepEqual(
      (body['items'] as { reason: string }[]).map(({ reason }) => reason),
      [],
      'nothing ended as not settled',
    );
    await platform.stop();
    await compare(url, devices);
    await drop();
    rmSync(platform.dataDir, { recursive: true, force: true });
  });

  it('when PostgreSQL hangs and later dies: no acknowledgement meanwhile, and it goes on by itself', async () => {
    const platform = await startPlatform();
    const api = await ApiClient.login(platform);
    const devices = await connectDevices(platform, api);
    const acknowledged = () => devices.reduce((sum, device) => sum + device.acknowledged.size, 0);
    await eventually(() => (acknowledged() > 2_000 ? true : undefined), 'load');
    const server = serverPid(platform.dataDir);

    signalTree(server, 'SIGSTOP');
    // What is on its way to the devices still arrives.
    let atStop = -1;
    await eventually(async () => {
      const before = acknowledged();
      await pause(1_000);
      atStop = acknowledged();
      return atStop === before || undefined;
    }, 'no more acknowledgements');
    await eventually(
      () => (devices.every(({ disconnects }) => disconnects > 0) ? true : undefined),
      'connections are closed after a while',
    );
    assert.equal(acknowledged(), atStop, 'nothing is acknowledged without storage');
    await eventually(async () => (await fetch(`${platform.httpUrl}/health`)).status === 503 || undefined, 'health to say so');
    signalTree(server, 'SIGCONT');
    await eventually(() => (acknowledged() > atStop + 1_000 ? true : undefined), 'it goes on after the hang');

    process.kill(server, 'SIGKILL');
    const atKill = acknowledged();
    await eventually(() => (acknowledged() > atKill + 3_000 ? true : undefined), 'it goes on after the crash');
    await Promise.all(devices.map((device) => device.stop()));
    await platform.stop();

    const postgres = new EmbeddedPostgres({
      dataDir: platform.dataDir,
      password: databasePassword(platform.dataDir),
      logger: silentLogger,
    });
    const { host, port, user, password, database } = await postgres.start();
    await compare(
      `postgres://${String(user)}:${String(password)}@/${String(database)}?host=${encodeURIComponent(String(host))}&port=${String(port)}`,
      devices,
    );
    await postgres.stop();
    rmSync(platform.dataDir, { recursive: true, force: true });
  });
});
