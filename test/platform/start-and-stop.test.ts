import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import mqtt from 'mqtt';
import type { Alert } from '../../src/contracts/alerts.ts';
import { EditorClient } from '../support/editor.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';

describe('starting and stopping', () => {
  it('refuses a second start on the same data folder, and says who has it', async () => {
    const first = await startPlatform();
    await assert.rejects(startPlatform({ dataDir: first.dataDir }), (error: Error) => {
      assert.match(error.message, new RegExp(`Process ${String(first.pid)} is already running on the data folder`));
      return true;
    });
    assert.equal((await fetch(`${first.httpUrl}/health`)).status, 200, 'the first one goes on');
    await first.dispose();
  });

  it('names every bad variable in one error and starts nothing', async () => {
    const dataDir = path.join(mkdtempSync(path.join(os.tmpdir(), 'insa-config-')), 'data');
    const env = { HTTP_PORT: 'eighty', ADMIN_PASSWORD: 'short', TELEMETRY_MAX_AGE_DAYS: '-1', DATABASE_URL: 'mysql://x' };
    await assert.rejects(startPlatform({ dataDir, env }), (error: Error) => {
      for (const name of Object.keys(env)) assert.match(error.message, new RegExp(name));
      assert.doesNotMatch(error.message, /short/, 'a password is not shown');
      return true;
    });
    rmSync(path.dirname(dataDir), { recursive: true });
  });

  it('prints the addresses and, the first time only, a generated password that must be changed', async () => {
    const first = await startPlatform({ env: { ADMIN_PASSWORD: '' } });
    const password = /Password\s+(\S+)/.exec(first.output())?.[1] ?? '';
    assert.ok(password.length >= 16, first.output());
    for (const address of ['/editor/', '/api/v1/docs', 'mqtt://127.0.0.1']) assert.ok(first.output().includes(address), address);
    const login = await new ApiClient(first).call('POST', '/auth/login', { username: 'admin', password });
    assert.equal(login.body['must_change_password'], true);
    assert.equal(await first.stop(), 0);
    const second = await startPlatform({ dataDir: first.dataDir, env: { ADMIN_PASSWORD: '' } });
    assert.doesNotMatch(second.output(), /Password/);
    await second.dispose();
  });

  it('prints the generated password at the first start that succeeds, when an earlier one failed', async () => {
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'insa-platform-'));
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const taken = String((other.address() as net.AddressInfo).port);
    await assert.rejects(startPlatform({ dataDir, env: { ADMIN_PASSWORD: '', MQTT_PORT: taken } }), new RegExp(`MQTT_PORT ${taken}`));
    await new Promise((resolve) => other.close(resolve));
    const platform = await startPlatform({ dataDir, env: { ADMIN_PASSWORD: '' } });
    const password = /Password\s+(\S+)/.exec(platform.output())?.[1] ?? '';
    const login = await new ApiClient(platform).call('POST', '/auth/login', { username: 'admin', password });
    assert.equal(login.status, 200, platform.output());
    await platform.dispose();
  });

  it('keeps alerts, rule state and the edits of flows over a kill', async () => {
    let platform = await startPlatform();
    const { dataDir, httpUrl, mqttPort } = platform;
    let api = await ApiClient.login(platform);
    const key = await api.createDevice('pump-01');
    const editor = await EditorClient.login(platform);
    const { flows } = await editor.flows();
    await editor.fullDeploy(
      flows.map((node) => (node.type === 'iiot-threshold-rule' ? { ...node, value: 50, clearValue: 40, name: 'My own limit' } : node)),
    );
    const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(mqttPort)}`, {
      username: 'pump-01',
      password: key,
      reconnectPeriod: 100,
      reconnectOnConnackError: true,
    });
    const publish = (temperature: number) =>
      device.publishAsync('insa/devices/pump-01/telemetry', JSON.stringify({ temperature }), { qos: 1 });
    const openAlerts = async () => (await api.call('GET', '/alerts?status=active')).body['items'] as Alert[];
    await publish(60);
    const raised = await eventually(async () => (await openAlerts())[0], 'the alert');
    assert.equal(raised.rule_name, 'My own limit');
    assert.equal(raised.threshold, 50);

    await platform.kill();
    platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort } });
    api = await ApiClient.login(platform);
    await publish(61);
    await publish(62);
    assert.deepEqual(
      (await openAlerts()).map(({ id }) => id),
      [raised.id],
      'no second alert for what is already known',
    );
    await publish(30);
    await eventually(async () => ((await openAlerts()).length === 0 ? true : undefined), 'the alert cleared after the restart');
    await device.endAsync(true);
    await platform.dispose();
  });
});
