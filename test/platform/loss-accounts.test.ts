import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import type { DeviceAccount } from '../../src/contracts/accounts.ts';
import type { ConnectionConfig } from '../../src/storage/postgres.ts';
import { DatabaseProxy } from '../notify/proxy.ts';
import { CountingDevice } from '../support/load.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { createEmptyDatabase, queryOnce } from '../support/postgres.ts';

const DEVICES = 6;
const WINDOW = 40;

/** The account of every device after everything is judged; asserted to add up, and to agree with what is in the tables. */
async function settledAccounts(
  platform: RunningPlatform,
  connection: ConnectionConfig,
  deviceIds: readonly string[],
): Promise<DeviceAccount[]> {
  const api = await ApiClient.login(platform);
  const accounts: DeviceAccount[] = [];
  for (const deviceId of deviceIds) {
    const rowsOf = async () => {
      const [row] = await queryOnce(
        connection,
        `select (select count(*) from series s join telemetry t using (series_id) where s.device_id = $1)::int
              + (select count(*) from series s join telemetry_text t using (series_id) where s.device_id = $1)::int as n`,
        [deviceId],
      );
      return Number(row?.['n']);
    };
    const stored = await rowsOf();
    const account = await eventually(
      async () => {
        const { body } = await api.call('GET', `/devices/${deviceId}/accounts`);
        const read = body as unknown as DeviceAccount;
        return read.totals.stored === stored && read.totals.waiting === 0 ? read : undefined;
      },
      `${deviceId}: ${String(stored)} stored readings are in the account, and judged`,
    );
    const { totals } = account;
    assert.equal(totals.received, totals.stored + totals.duplicates + totals.rejected, deviceId);
    assert.equal(totals.stored, totals.judged + totals.history, deviceId);
    assert.equal(totals.unaccounted, 0, deviceId);
    accounts.push(account);
  }
  return accounts;
}

/** The platform has compared every day with the tables since `sinceMs`, and found them equal. */
async function compared(platform: RunningPlatform, connection: ConnectionConfig, sinceMs: number): Promise<void> {
  await eventually(async () => {
    const rows = await queryOnce(connection, 'select difference::int as difference, checked_at from account_days');
    assert.ok(rows.length > 0);
    assert.ok(rows.every(({ difference }) => difference === 0));
    return rows.every(({ checked_at: at }) => at instanceof Date && at.getTime() > sinceMs) || undefined;
  }, 'every day to be compared');
  const health = (await (await fetch(`${platform.httpUrl}/health`)).json()) as { warning_details: { code: string }[] };
  assert.deepEqual(health.warning_details, []);
  const metrics = await (await fetch(`${platform.httpUrl}/metrics`)).text();
  assert.match(metrics, /^insa_loss_unbalanced_devices 0$/m);
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

const sumOf = (devices: readonly CountingDevice[]) => devices.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
const idsOf = (devices: readonly CountingDevice[]) => devices.map(({ deviceId }) => deviceId);

describe('the accounts of what arrived are exact', () => {
  it('when the process is killed with SIGKILL under load, and devices send again what was not acknowledged', async () => {
    const { url, connection, drop } = await createEmptyDatabase();
    let platform = await startPlatform({ env: { DATABASE_URL: url } });
    const { dataDir, httpUrl, mqttPort } = platform;
    const devices = await connectDevices(platform, await ApiClient.login(platform));
    for (let round = 0; round < 3; round++) {
      const before = sumOf(devices);
      await eventually(() => sumOf(devices) > before + 2_000 || undefined, '2,000 acknowledgements');
      await platform.kill();
      platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort }, env: { DATABASE_URL: url } });
    }
    const before = sumOf(devices);
    await eventually(() => sumOf(devices) > before + 500 || undefined, 'acknowledgements after the last start');
    await Promise.all(devices.map((device) => device.stop()));
    const stoppedMs = Date.now();
    for (const [i, { totals, expected }] of (await settledAccounts(platform, connection, idsOf(devices))).entries()) {
      const sent = devices[i]?.acknowledged.size ?? 0;
      assert.equal(totals.missing, 0, 'nothing is missing');
      assert.equal(expected, sent, 'every message has come, none is counted twice');
      assert.equal(totals.stored, sent);
      assert.equal(totals.judged, sent);
      assert.equal(totals.restarts, 0);
    }
    await compared(platform, connection, stoppedMs);
    await platform.stop();
    await drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('when the database goes away in the middle of commits, with repeats, conflicts, refused points, batches of a gateway and history', async () => {
    const { url, connection, drop } = await createEmptyDatabase();
    const proxy = new DatabaseProxy(connection);
    const { username, password, pathname } = new URL(url.replace('@/', '@localhost/'));
    const port = await proxy.open();
    const platform = await startPlatform({
      env: { DATABASE_URL: `postgres://${username}:${password}@127.0.0.1:${String(port)}${pathname}` },
    });
    const api = await ApiClient.login(platform);
    const devices = await connectDevices(platform, api);
    const issued = await api.call('POST', '/api-keys', { name: 'gateway', kind: 'gateway', auto_register: true });
    const gateway = api.withKey(String(issued.body['key']));
    const firstMs = Date.now() - 1_800_000;
    /** Three devices of a gateway, one of them sending also by itself; sent until it is taken. */
    const sendBatch = (n: number, mode: '' | '?mode=history') =>
      eventually(
        async () => {
          const timestamp = firstMs + n * 1_000;
          const message = (device_id: string, data: object) => ({ device_id, timestamp, data, metadata: { sequence: n } });
          const batch = [
            message('behind-1', { t: n, state: 'on' }),
            message('behind-1', { t: n, state: 'on' }),
            message('behind-2', { t: n, 'bad key\u0001': 1 }),
            message('behind-2', { t: n + 0.5 }),
            { device_id: 'load-0', timestamp: timestamp - 7_200_000, data: { g: n } },
          ];
          const answer = await gateway.call('POST', `/telemetry${mode}`, batch);
          return answer.status === 200 || undefined;
        },
        `batch ${String(n)}`,
      );
    let batches = 0;
    for (let round = 0; round < 3; round++) {
      const before = sumOf(devices);
      for (let i = 0; i < 5; i++) await sendBatch(batches++, '');
      await sendBatch(batches++, '?mode=history');
      await eventually(() => sumOf(devices) > before + 1_500 || undefined, 'load');
      await proxy.close();
      await eventually(async () => (await fetch(`${platform.httpUrl}/health`)).status === 503 || undefined, 'health to say so');
      await proxy.open();
    }
    const before = sumOf(devices);
    await eventually(() => sumOf(devices) > before + 500 || undefined, 'acknowledgements after the last time');
    await Promise.all(devices.map((device) => device.stop()));
    const stoppedMs = Date.now();
    const accounts = await settledAccounts(platform, connection, [...idsOf(devices), 'behind-1', 'behind-2']);
    for (const { device_id: deviceId, totals, expected } of accounts) {
      const sent = devices.find((device) => device.deviceId === deviceId)?.acknowledged.size ?? batches;
      assert.equal(totals.missing, 0, deviceId);
      assert.equal(expected, sent, deviceId);
    }
    const [one, two] = accounts.slice(-2);
    assert.equal(one?.totals.stored, batches * 2);
    assert.ok((one?.totals.duplicates ?? 0) >= batches * 2);
    assert.equal(one?.totals.history, 3 * 2);
    assert.equal(two?.totals.stored, batches);
    assert.ok((two?.totals.conflicts ?? 0) >= batches && (two?.totals.rejected ?? 0) >= 2 * batches);
    await compared(platform, connection, stoppedMs);
    await platform.stop();
    await proxy.close();
    await drop();
    rmSync(platform.dataDir, { recursive: true, force: true });
  });
});
