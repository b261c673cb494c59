import assert from 'node:assert/strict';
import type { Device } from '../../src/contracts/devices.ts';
import { EditorClient } from '../support/editor.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

describe('the demo plant', () => {
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

  it('brings seven generated days that nobody judged, also when the first start ended before they were written', async () => {
    const oldest = async () => (await api.call('GET', '/telemetry/pump-demo?keys=flow&limit=500')).body['items'] as unknown[];
    await eventually(async () => ((await oldest()).length > 100 ? true : undefined), 'the first generated readings');
    assert.ok((await devices()).every(({ metadata }) => metadata['generated_complete'] === false));
    const { dataDir, httpUrl, mqttPort } = platform;
    await platform.stop();
    platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort }, env: { DEMO: 'true' } });
    api = await ApiClient.login(platform);
    const labelled = await eventually(async () => {
      const all = await devices();
      return all.every(({ metadata }) => metadata['generated_complete'] === true) ? all : undefined;
    }, 'all generated readings');
    for (const { device_id: deviceId, metadata, last_seen_at: lastSeenAt } of labelled) {
      const { generated_history: isGenerated, generated_from: from, generated_until: until } = metadata;
      assert.equal(isGenerated, true);
      assert.equal(Date.parse(String(until)) - Date.parse(String(from)), 7 * 86_400_000);
      assert.ok(Date.parse(String(lastSeenAt)) > Date.parse(String(until)));
      const times = new Set<unknown>();
      let overLimit = 0;
      let cursor: unknown = '';
      do {
        const range = `keys=temperature&start=${String(from)}&end=${String(until)}&limit=500`;
        const page = await api.call('GET', `/telemetry/${deviceId}?${range}${cursor === '' ? '' : `&cursor=${String(cursor)}`}`);
        for (const { timestamp, value } of page.body['items'] as { timestamp: string; value: number }[]) {
          times.add(timestamp);
          if (value > 80) overLimit += 1;
        }
        cursor = page.body['next_cursor'];
      } while (cursor !== null);
      assert.equal(times.size, 7 * 1_440, deviceId);
      assert.ok(overLimit > 0, `${deviceId} has faults`);
      const alerts = (await api.call('GET', `/alerts?device_id=${deviceId}`)).body['items'] as { raised_at: string }[];
      assert.ok(
        alerts.every(({ raised_at: raisedAt }) => Date.parse(raisedAt) >= Date.parse(String(until))),
        'no alert of the generated past',
      );
    }
    assert.deepEqual((await api.call('GET', '/telemetry/rejected')).body['items'], []);
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
