import assert from 'node:assert/strict';
import { ApiClient, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

/** The port that was free is known only when the platform listens. */
describe('webhooks to the platform itself, on a port that it took by itself', () => {
  let platform: RunningPlatform;

  before(async () => {
    platform = await startPlatform({ env: { HTTP_PORT: '0', WEBHOOK_ALLOW_CIDRS: '127.0.0.0/8' } });
  });
  after(() => platform.dispose());

  it('are refused, although loopback is let through', async () => {
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(platform.output())?.[1] ?? '';
    assert.notEqual(port, '');
    const api = await ApiClient.login({ ...platform, httpUrl: `http://127.0.0.1:${port}` });
    const reasonOf = async (url: string): Promise<string> => {
      const { status, body } = await api.call('POST', '/notifications/test/webhook', { url });
      assert.equal(status, 200, JSON.stringify(body));
      return String(body['reason']);
    };
    assert.match(await reasonOf(`http://127.0.0.1:${port}/api/v1/health`), /is the platform itself/);
    assert.match(await reasonOf(`http://127.0.0.1:${String(platform.mqttPort)}/`), /is the platform itself/);
    assert.doesNotMatch(await reasonOf('http://127.0.0.1:9/'), /is the platform itself/);
  });
});
