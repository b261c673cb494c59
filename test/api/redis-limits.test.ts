import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { UNLIMITED } from '../../src/api/middleware/request-limits.ts';
import type { RequestLimits } from '../../src/api/middleware/request-limits.ts';
import { RedisCounters } from '../../src/app/limits.ts';
import { LoginGuard } from '../../src/auth/login-guard.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Logger } from '../../src/core/logger.ts';
import { needsProgram } from '../support/system-programs.ts';
import { call, Client, eventually, PASSWORD, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

const AWAY = 'away: counted in this process';
const LIMITS = { analytics: 30, devices: 1_000, telemetry: 200, tests: 2, other: 5, strangers: 60 };

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('limits counted in Redis', () => {
  const program = needsProgram('redis-server');
  let port: number;
  let folder: string;
  let redis: ChildProcess;
  let counters: RedisCounters;
  let fixture: ApiFixture;
  let told: string[];
  let limits: RequestLimits = LIMITS;

  const logger: Logger = {
    ...silentLogger,
    child: () => logger,
    info: (_fields, message) => void told.push(message),
    warn: (_fields, message) => void told.push(message),
  };

  async function startRedis(): Promise<void> {
    redis = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder], {
      stdio: 'ignore',
    });
    await once(redis, 'spawn');
  }

  async function endRedis(): Promise<void> {
    if (redis.exitCode !== null || redis.signalCode !== null) return;
    redis.kill('SIGKILL');
    await once(redis, 'exit');
  }

  const isOk = () => eventually(() => Promise.resolve(counters.state() === 'ok'), 'Redis to be used');
  const isAway = () => eventually(() => Promise.resolve(counters.state() === AWAY), 'Redis to be missed');

  beforeEach(async () => {
    told = [];
    port = await freePort();
    folder = mkdtempSync(path.join(os.tmpdir(), 'insa-redis-'));
    await startRedis();
    counters = new RedisCounters({ url: `redis://127.0.0.1:${String(port)}`, logger });
    counters.start();
    // The test is the proxy, and says from where a login comes.
    fixture = await startApi({ limiters: counters.limiters, requestLimits: limits, trustProxy: '1' });
    await isOk();
    told = [];
  });
  afterEach(async () => {
    await fixture.stop();
    counters.stop();
    await endRedis();
    rmSync(folder, { recursive: true, force: true });
  });

  async function statuses(client: Client, count: number, at = '/auth/me'): Promise<number[]> {
    const found: number[] = [];
    for (let i = 0; i < count; i += 1) found.push((await client.get(at)).status);
    return found;
  }

  it('are shared by all who count there, and outlive a restart of the platform', async () => {
    const admin = await Client.login(fixture, 'admin');
    assert.deepEqual(await statuses(admin, 4), [200, 200, 200, 200]);
    const other = new RedisCounters({ url: `redis://127.0.0.1:${String(port)}`, logger });
    other.start();
    try {
      await eventually(() => Promise.resolve(other.state() === 'ok'), 'the other one to be connected');
      const minute = other.limiters({ name: 'minute-other', points: 5, durationSeconds: 60 });
      const { id } = (await admin.get('/auth/me')).body;
      await assert.rejects(minute.consume(`user ${id}`), { remainingPoints: 0 });
    } finally {
      other.stop();
    }
    const client = new Redis(port, '127.0.0.1');
    try {
      const keys = await client.keys('*');
      assert.ok(keys.length > 1);
      for (const key of keys) {
        assert.match(key, /^insa:limit:/);
        assert.ok((await client.ttl(key)) > 0, `${key} goes away by itself`);
      }
    } finally {
      client.disconnect();
    }
    assert.deepEqual(await statuses(admin, 1), [429]);
  });

  it('are counted in this process while Redis is killed, without a refusal or a wait, and there again when it is back', async () => {
    const admin = await Client.login(fixture, 'admin');
    assert.deepEqual(await statuses(admin, 2), [200, 200]);
    await endRedis();
    assert.deepEqual(await statuses(admin, 7), [200, 200, 200, 200, 200, 429, 429], 'limits hold in this process');
    assert.equal(counters.state(), AWAY);
    await startRedis();
    await isOk();
    assert.deepEqual(await statuses(admin, 6), [200, 200, 200, 200, 200, 429], 'a new Redis has counted nothing yet');
    assert.deepEqual(
      told.map((line) => line.slice(0, 19)),
      ['Redis (REDIS_URL) c', 'Redis answers again'],
      'told once each',
    );
  });

  it('do not wait for a Redis that hangs', async () => {
    const admin = await Client.login(fixture, 'admin');
    assert.equal((await admin.get('/devices')).status, 200);
    redis.kill('SIGSTOP');
    try {
      assert.equal((await admin.get('/devices')).status, 200);
      await isAway();
      // Each waiting a quarter of a second for Redis, they would take longer than a test may.
      assert.deepEqual(new Set(await statuses(admin, 200, '/devices')), new Set([200]));
    } finally {
      redis.kill('SIGCONT');
    }
    await isOk();
  });

  it('are counted in this process when Redis takes nothing', async () => {
    const client = new Redis(port, '127.0.0.1');
    try {
      await client.config('SET', 'maxmemory', '1');
      await isAway();
      const admin = await Client.login(fixture, 'admin');
      assert.deepEqual(await statuses(admin, 6), [200, 200, 200, 200, 200, 429]);
    } finally {
      client.disconnect();
    }
  });

  describe('hold back who guesses passwords', () => {
    let client: Redis;
    before(() => (limits = UNLIMITED));
    after(() => (limits = LIMITS));
    beforeEach(async () => {
      client = new Redis(port, '127.0.0.1', { retryStrategy: () => null });
      client.on('error', () => undefined);
      await fixture.addUser('ada', 'viewer');
    });
    afterEach(() => client.disconnect());

    const login = async (password: string, address = '203.0.113.1') => {
      const headers = { 'x-forwarded-for': address };
      return (await call(fixture.url, 'POST', '/api/v1/auth/login', { body: { username: 'ada', password }, headers })).status;
    };
    async function guesses(count: number, addressOf: (i: number) => string = () => '203.0.113.1'): Promise<number[]> {
      const found: number[] = [];
      for (let i = 0; i < count; i += 1) found.push(await login('guess', addressOf(i)));
      return found;
    }
    const FIVE = [401, 401, 401, 401, 401];
    const PACE = 'insa:limit:login-pace:203.0.113.1 ada';

    it('in every instance, twice as long with each failure, and forget it after a login', async () => {
      assert.deepEqual(await guesses(6), [...FIVE, 429]);
      assert.equal(await login(PASSWORD), 429, 'the right password waits as well');
      const other = new RedisCounters({ url: `redis://127.0.0.1:${String(port)}`, logger });
      other.start();
      try {
        await eventually(() => Promise.resolve(other.state() === 'ok'), 'the other one to be connected');
        const attempt = { place: '203.0.113.1', account: 'ADA', isKnownPlace: true };
        await assert.rejects(
          new LoginGuard(other.limiters).attempt(attempt, () => undefined),
          { code: 'RATE_LIMITED' },
        );
      } finally {
        other.stop();
      }
      for (const seconds of [120, 240, 480, 900, 900]) {
        await client.del(PACE);
        assert.deepEqual(await guesses(2), [401, 429]);
        const left = await client.ttl(PACE);
        assert.ok(left > seconds - 10 && left <= seconds, `${String(left)} s of ${String(seconds)}`);
      }
      await client.del(PACE);
      assert.equal(await login(PASSWORD), 200);
      assert.deepEqual(await client.keys('insa:limit:login-*203.0.113.1 ada'), [], 'nothing is held against the address');
    });

    it('from many addresses, but not who knows the password', async () => {
      assert.deepEqual(new Set(await guesses(21, (i) => `198.51.100.${String(i)}`)), new Set([401]));
      assert.deepEqual(await guesses(2), [401, 429], 'an address that is not known has one attempt');
      assert.equal(await login(PASSWORD, '203.0.113.2'), 200);
    });

    for (const [how, leave, comeBack] of [
      ['is killed', () => endRedis(), () => startRedis()],
      ['hangs', () => Promise.resolve(redis.kill('SIGSTOP')), () => Promise.resolve(redis.kill('SIGCONT'))],
    ] as const)
      it(`while Redis ${how}, and lock nobody out by that`, async () => {
        assert.deepEqual(await guesses(3), [401, 401, 401]);
        await leave();
        try {
          assert.equal(await login(PASSWORD), 200, 'who knows the password gets in');
          await isAway();
          assert.deepEqual(await guesses(6), [...FIVE, 429], 'who does not is held back in this process');
          assert.equal(await login(PASSWORD), 429);
          assert.equal(await login(PASSWORD, '203.0.113.2'), 200, 'at this address alone');
          assert.deepEqual(new Set(await guesses(21, (i) => `198.51.100.${String(i)}`)), new Set([401]));
          assert.deepEqual(await guesses(2, () => '203.0.113.9'), [401, 429], 'guessing from many addresses is slow, too');
        } finally {
          await comeBack();
        }
        await isOk();
        assert.equal(await login(PASSWORD, '203.0.113.2'), 200);
        assert.equal((await guesses(6)).at(-1), 429, 'and held back in Redis again');
      });
  });

  it('start without Redis as well', async () => {
    const lonely = new RedisCounters({ url: `redis://127.0.0.1:${String(await freePort())}`, logger });
    told = [];
    lonely.start();
    try {
      const limiter = lonely.limiters({ name: 'x', points: 1, durationSeconds: 60 });
      assert.equal((await limiter.consume('a')).remainingPoints, 0);
      await assert.rejects(limiter.consume('a'), { remainingPoints: 0 });
      await eventually(() => Promise.resolve(told.length > 0), 'the log to tell it');
      assert.equal(lonely.state(), AWAY);
      assert.equal(told.length, 1);
    } finally {
      lonely.stop();
    }
    lonely.stop();
  });
});
