import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import mqtt from 'mqtt';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';

const GIB = 1024 ** 3;

describe('a disk that is nearly full', () => {
  it('stops every acknowledgement before anything is lost, says so, and goes on when there is room', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-full-'));
    const file = path.join(folder, 'free-bytes');
    const free = (bytes: number) => writeFileSync(file, String(bytes));
    free(50 * GIB);
    const entry = path.join(import.meta.dirname, '..', 'support', 'full-disk-platform.ts');
    const platform = await startPlatform({ entry, env: { FREE_BYTES_FILE: file } });
    const api = await ApiClient.login(platform);
    const key = await api.createDevice('pump-01');
    const http = api.withKey(key);
    const send = (t: number) => http.call('POST', '/telemetry', { device_id: 'pump-01', data: { t } });
    assert.equal((await send(1)).status, 200);

    free(0.5 * GIB);
    const refused = await eventually(async () => {
      const answer = await send(2);
      return answer.status === 503 ? answer : undefined;
    }, 'HTTP to be refused');
    assert.equal(refused.body['code'], 'DISK_FULL');
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, {
      username: 'pump-01',
      password: key,
      reconnectPeriod: 0,
    });
    const closed = new Promise<void>((resolve) => void device.once('close', () => resolve()));
    let acknowledged = false;
    device.publish('insa/devices/pump-01/telemetry', '{"t": 3}', { qos: 1 }, (error) => (acknowledged = error == null));
    await closed;
    assert.equal(acknowledged, false);
    const health = (await (await fetch(`${platform.httpUrl}/health`)).json()) as { status: string; disk: string };
    assert.equal(health.status, 'degraded');
    assert.match(health.disk, /nearly full/);

    free(50 * GIB);
    await eventually(async () => ((await send(4)).status === 200 ? true : undefined), 'HTTP to be taken again');
    const { body } = await api.call('GET', '/telemetry/pump-01?keys=t');
    const values = (body['items'] as { value: number }[]).map(({ value }) => value);
    assert.ok(values.includes(1) && values.includes(4) && !values.includes(3), String(values));
    await platform.dispose();
    rmSync(folder, { recursive: true });
  });
});
