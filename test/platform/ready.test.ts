import assert from 'node:assert/strict';
import { ApiClient, freePorts, startPlatform } from '../support/platform.ts';

describe('a platform that says that it is ready', function () {
  this.timeout(120_000);

  it('lets its administrator in, at the first start too', async () => {
    const [httpPort = 0, mqttPort = 0] = await freePorts(2);
    const httpUrl = `http://127.0.0.1:${String(httpPort)}`;
    let ended = false;
    const starting = startPlatform({ ports: { httpUrl, mqttPort } }).finally(() => (ended = true));
    // Asked without a pause: what is to be seen lasts a moment only.
    while (!ended && !(await isReady(httpUrl)));
    const login = await new ApiClient({ httpUrl }).call('POST', '/auth/login', {
      username: 'admin',
      password: 'a password only for tests',
    });
    const platform = await starting;
    await platform.dispose();
    assert.equal(login.status, 200, JSON.stringify(login.body));
  });
});

async function isReady(httpUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${httpUrl}/health/ready`)).status === 200;
  } catch {
    // It does not listen yet.
    await new Promise((resolve) => setImmediate(resolve));
    return false;
  }
}
