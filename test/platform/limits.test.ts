import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Health } from '../../src/contracts/common.ts';
import { ApiClient, eventually, freePorts, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';

describe('the program with limits and Redis', () => {
  const program = needsProgram('redis-server');
  let folder: string;
  let redis: ChildProcess;
  let platform: RunningPlatform;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'insa-limits-'));
    const [port] = await freePorts(1);
    redis = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], { stdio: 'ignore' });
    await once(redis, 'spawn');
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'insa-platform-'));
    writeFileSync(path.join(dataDir, '.env'), 'MQTT_PROT=1884\nTZ=UTC\n');
    platform = await startPlatform({ dataDir, env: { RATE_LIMITS: 'true', REDIS_URL: `redis://127.0.0.1:${String(port)}` } });
  });
  after(async () => {
    await platform.dispose();
    redis.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const health = async () => (await (await fetch(`${platform.httpUrl}/health`)).json()) as Health;

  it('says what in .env has no effect', () => {
    assert.match(platform.output(), /MQTT_PROT \(is MQTT_PORT meant\?\)/);
    assert.doesNotMatch(platform.output(), /TZ \(/);
  });

  it('limits requests, and goes on without Redis as if nothing had happened', async () => {
    await eventually(async () => ((await health()).redis === 'ok' ? true : undefined), 'Redis to be used');
    const api = await ApiClient.login(platform);
    const { headers } = await api.call('GET', '/devices');
    assert.deepEqual([headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')], ['100', '99']);
    redis.kill('SIGKILL');
    await once(redis, 'exit');
    let taken = 0;
    let status = 200;
    // Where a minute ends meanwhile, it is counted from 0 again.
    while (taken < 1_000 && status === 200) {
      ({ status } = await api.call('GET', '/devices'));
      if (status === 200) taken += 1;
    }
    assert.equal(status, 429);
    assert.ok(taken >= 100, `refused after ${String(taken)}`);
    // Counters and cache miss Redis each by itself.
    const away = 'away: counted in this process, nothing is cached';
    const { status: state, warning_details: details } = await eventually(async () => {
      const now = await health();
      return now.redis === away ? now : undefined;
    }, 'Redis to be missed by counters and cache');
    assert.equal(state, 'healthy');
    assert.ok(
      details.some(({ code }) => code === 'redis_away'),
      'a warning says so',
    );
    assert.match(platform.output(), /Redis \(REDIS_URL\) cannot be used/);
    assert.equal(await platform.stop(), 0);
  });
});
