import assert from 'node:assert/strict';
import type { Device } from '../../src/contracts/devices.ts';
import { EditorClient } from '../support/editor.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

describe('the demo plant', function () {
  this.timeout(120_000);
  let platform: RunningPlatform;
  let api: ApiClient;

  before(async () => {
    platform = await startPlatform({ env: { DEMO: 'true' } });
    api = await ApiClient.login(platform);
  });

  after(() => platform.dispose());

  const devices = async () => (await api.call('GET', '/devices')).body['items'] as Device[];
  const latest = async () => (await api.call('GET', '/telemetry/latest')).body['items'] as { device_id: string }[];

  it('publishes over MQTT with keys of its own', async () => {
    await eventually(
      async () => (new Set((await latest()).map(({ device_id: id }) => id)).size === 3 ? true : undefined),
      'telemetry of three machines',
    );
    const online = await eventually(async () => {
      const all = await devices();
      return all.every(({ status }) => status === 'online') ? all : undefined;
    }, 'all machines online');
    assert.deepEqual(
      online.map(({ origin }) => origin),
      ['demo', 'demo', 'demo'],
    );
  });

  it('is removed with its tab, devices, keys and data, and nothing else is touched', async () => {
    const editor = await EditorClient.login(platform);
    await api.createDevice('my-own');
    const before = (await editor.flows()).flows;
    const { status } = await api.call('DELETE', '/demo');
    assert.ok(status === 200 || status === 204, String(status));
    const after = (await editor.flows()).flows;
    const tabsOf = (flows: typeof after) => flows.filter(({ type }) => type === 'tab').map(({ label }) => label);
    assert.deepEqual(
      tabsOf(before).filter((label) => !tabsOf(after).includes(label)),
      ['Demo plant'],
    );
    const own = before.filter((node) => node['z'] === 'insa-main');
    assert.deepEqual(
      after.filter((node) => node['z'] === 'insa-main').map(({ id }) => id),
      own.map(({ id }) => id),
    );
    assert.deepEqual(
      (await devices()).map(({ device_id: id }) => id),
      ['my-own'],
    );
    assert.deepEqual(await latest(), []);
  });

  it('does not come back with the next start', async () => {
    const { dataDir, httpUrl, mqttPort } = platform;
    await platform.stop();
    platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort }, env: { DEMO: 'true' } });
    api = await ApiClient.login(platform);
    assert.deepEqual(
      (await devices()).map(({ device_id: id }) => id),
      ['my-own'],
    );
  });
});
