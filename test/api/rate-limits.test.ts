import assert from 'node:assert/strict';
import { rateOf, REQUEST_LIMITS } from '../../src/api/middleware/request-limits.ts';
import type { AuditLine } from '../../src/contracts/audit.ts';
import { call, Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const limitOf = ({ headers }: Answer): (number | undefined)[] =>
  ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'].map((name) => {
    const value = headers.get(name);
    return value === null ? undefined : Number(value);
  });

describe('limits of requests', () => {
  let fixture: ApiFixture;
  let admin: Client;

  // Counters are of the installation, so each test has its own and a user of its own where it uses them up.
  beforeEach(async () => {
    fixture = await startApi({
      requestLimits: { analytics: 3, devices: 5, telemetry: 4, tests: 2, other: 8, strangers: 6 },
      trustProxy: '1',
    });
    admin = await Client.login(fixture, 'admin');
  });
  afterEach(() => fixture.stop());

  async function audited(): Promise<Pick<AuditLine, 'actor' | 'target' | 'details'>[]> {
    const rows = await fixture.sql(`select actor, target, details from audit_log where action = 'api.rate_limited' order by audit_id`);
    return rows as unknown as Pick<AuditLine, 'actor' | 'target' | 'details'>[];
  }

  it('are those of the requirements', () => {
    assert.deepEqual(REQUEST_LIMITS, { analytics: 30, devices: 100, telemetry: 200, tests: 10, other: 300, strangers: 60 });
  });

  it('know the kind of every route by its path unless it says another', () => {
    for (const route of fixture.api.routes) {
      const [, area = ''] = route.path.split('/');
      const usual = ['analytics', 'devices', 'telemetry'].includes(area) ? area : 'other';
      assert.equal(rateOf(route), route.rate ?? usual, `${route.method} ${route.path}`);
    }
    assert.equal(rateOf({ path: '/devices/{device_id}' }), 'devices');
    assert.equal(rateOf({ path: '/telemetry/latest' }), 'telemetry');
    assert.equal(rateOf({ path: '/analytics/trends' }), 'analytics');
    assert.equal(rateOf({ path: '/devices-of-others' }), 'other');
    assert.equal(rateOf({ path: '/devices', rate: 'none' }), 'none');
  });

  it('are few for tests of channels, which open connections to where the caller says; refusals are written down', async () => {
    const test = () => admin.post('/notifications/test/webhook', { url: 'http://127.0.0.1:9/' });
    assert.deepEqual([(await test()).status, (await admin.post('/notifications/test/email', { recipient: 'x' })).status], [200, 400]);
    const refused = await test();
    assert.deepEqual([refused.status, limitOf(refused)[0]], [429, 2]);
    assert.match(refused.body.detail, /at most 2 a minute of the kind "tests"/);
    assert.deepEqual(await audited(), [
      { actor: 'admin', target: 'POST /api/v1/notifications/test/webhook', details: { limit: 'tests', per: 'minute', most: 2 } },
    ]);
    await fixture.addUser('second', 'engineer');
    const second = await Client.login(fixture, 'second');
    assert.equal(
      (await second.post('/notifications/test/webhook', { url: 'http://127.0.0.1:9/' })).status,
      200,
      'each caller has a count of their own',
    );
  });

  it('are told with every answer that was counted, and refuse with 429 when they are used up', async () => {
    for (let i = 1; i <= 5; i += 1) {
      const answer = await admin.get('/devices');
      assert.equal(answer.status, 200);
      const [limit, remaining, reset = 0] = limitOf(answer);
      assert.deepEqual([limit, remaining], [5, 5 - i]);
      assert.ok(reset >= 1 && reset <= 60);
      assert.equal(answer.headers.get('retry-after'), null);
    }
    const refused = await admin.get('/devices');
    assert.equal(refused.status, 429);
    assert.equal(refused.body.code, 'RATE_LIMITED');
    assert.deepEqual(limitOf(refused).slice(0, 2), [5, 0]);
    assert.equal(refused.headers.get('retry-after'), refused.headers.get('ratelimit-reset'));
    assert.match(refused.body.detail, /at most 5 a minute of the kind "devices".*Wait \d+ s/);
    assert.equal((await admin.get('/telemetry/latest')).status, 200, 'each kind is counted by itself');
    assert.equal((await admin.get('/auth/me')).status, 200);
  });

  it('count what is refused too, and are written down once a window', async () => {
    await fixture.addUser('viewer', 'viewer');
    const viewer = await Client.login(fixture, 'viewer');
    const statuses: number[] = [];
    for (let i = 0; i < 9; i += 1) statuses.push((await viewer.post('/devices', { device_id: `x-${String(i)}` })).status);
    assert.deepEqual(statuses, [403, 403, 403, 403, 403, 429, 429, 429, 429]);
    assert.deepEqual(await audited(), [
      { actor: 'viewer', target: 'POST /api/v1/devices', details: { limit: 'devices', per: 'minute', most: 5 } },
    ]);
    assert.equal((await admin.get('/devices')).status, 200, 'everybody is counted by himself');
  });

  it('let devices and programs send as fast as they measure, unless their key has a limit by the hour', async () => {
    fixture.wire();
    await admin.post('/devices', { device_id: 'fast' });
    const free = Client.withKey(fixture, (await admin.post('/devices/fast/credentials')).body.key);
    for (let i = 0; i < 12; i += 1) {
      const answer = await free.post('/telemetry', { data: { a: i } });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(limitOf(answer), [undefined, undefined, undefined], 'what is not counted says nothing');
    }
    const { key } = (await admin.post('/devices/fast/credentials', { hourly_limit: 3 })).body;
    const limited = Client.withKey(fixture, key);
    const answers = [];
    for (let i = 0; i < 6; i += 1) answers.push(await limited.post('/telemetry', { data: { a: i } }));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 429, 429, 429],
    );
    assert.deepEqual(
      answers.map((answer) => limitOf(answer).slice(0, 2)),
      [
        [3, 2],
        [3, 1],
        [3, 0],
        [3, 0],
        [3, 0],
        [3, 0],
      ],
    );
    const [, , reset = 0] = limitOf(answers[3] as Answer);
    assert.ok(reset > 3_500 && reset <= 3_600, 'until the hour ends');
    assert.deepEqual(await audited(), [
      { actor: 'device:fast', target: 'POST /api/v1/telemetry', details: { limit: 'key', per: 'hour', most: 3 } },
    ]);
    assert.equal((await free.post('/telemetry', { data: { a: 1 } })).status, 200, 'keys of one device are counted by themselves');
  });

  it('tell the narrower one where two limits count', async () => {
    const { key } = (await admin.post('/api-keys', { name: 'erp', kind: 'program', permissions: ['devices:read'], hourly_limit: 6 })).body;
    const erp = Client.withKey(fixture, key);
    const seen = [];
    for (let i = 0; i < 4; i += 1) seen.push(limitOf(await erp.get('/devices')).slice(0, 2));
    assert.deepEqual(seen, [
      [5, 4],
      [5, 3],
      [5, 2],
      [5, 1],
    ]);
    assert.deepEqual(limitOf(await erp.get('/auth/me')).slice(0, 2), [6, 1]);
    assert.deepEqual(limitOf(await erp.get('/auth/me')).slice(0, 2), [6, 0]);
    assert.equal((await erp.get('/auth/me')).status, 429);
  });

  it('bound bad keys by address, without shutting out good keys or people from there', async () => {
    const { key } = (await admin.post('/api-keys', { name: 'used', kind: 'program', permissions: ['devices:read'] })).body;
    const { key: unused } = (await admin.post('/api-keys', { name: 'unused', kind: 'program', permissions: ['devices:read'] })).body;
    const used = Client.withKey(fixture, key);
    assert.equal((await used.get('/auth/me')).status, 200);
    const statuses: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      const answer = await Client.withKey(fixture, `insa_program_${String(i).padStart(43, 'x')}`).get('/devices');
      statuses.push(answer.status);
      assert.equal(limitOf(answer)[0], 6);
      assert.equal(answer.headers.get('retry-after') !== null, answer.status === 429);
    }
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 401, 429, 429, 429]);
    assert.equal((await used.get('/auth/me')).status, 200, 'a key that is in use goes on');
    assert.equal((await Client.withKey(fixture, unused).get('/auth/me')).status, 200, 'nor is one that was not used lately kept out');
    const { key: fresh } = (await admin.post('/api-keys', { name: 'fresh', kind: 'program', permissions: ['devices:read'] })).body;
    const bad = (n: number) => Client.withKey(fixture, `insa_program_${String(n).padStart(43, 'y')}`).get('/devices');
    const crowd = Array.from({ length: 30 }, (_, n) => bad(n));
    assert.equal((await Client.withKey(fixture, fresh).get('/auth/me')).status, 200, 'also in the midst of bad ones');
    assert.deepEqual(new Set((await Promise.all(crowd)).map(({ status }) => status)), new Set([429]));
    const elsewhere = { 'x-forwarded-for': '198.51.100.9' };
    const badElsewhere = Client.withKey(fixture, `insa_program_${'z'.repeat(43)}`);
    assert.equal((await badElsewhere.send('GET', '/auth/me', undefined, elsewhere)).status, 401);
    assert.equal((await new Client(fixture.url, { authorization: 'Bearer expired' }).get('/auth/me')).status, 401);
    assert.equal((await admin.get('/auth/me')).status, 200);
    assert.deepEqual(await audited(), [
      { actor: 'unknown', target: 'GET /api/v1/devices', details: { limit: 'unauthenticated', per: 'minute', most: 6 } },
    ]);
  });

  it('bound tokens that are bad and requests that prove nothing by address too', async () => {
    const from = (address: string) => call(fixture.url, 'GET', '/api/v1/devices', { headers: { 'x-forwarded-for': address } });
    const statuses: number[] = [];
    for (let i = 0; i < 8; i += 1) statuses.push((await from('203.0.113.5')).status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 401, 429, 429]);
    assert.equal((await from('203.0.113.6')).status, 401);
    for (let i = 0; i < 6; i += 1) assert.equal((await from(`2001:db8:1:1::${String(i)}`)).status, 401);
    assert.equal((await from('2001:db8:1:1::ffff')).status, 429, 'whoever has one address of a line has all of them');
  });

  it('count routes that are open to everybody by address', async () => {
    const refresh = (address: string) =>
      call(fixture.url, 'POST', '/api/v1/auth/refresh', { headers: { 'x-forwarded-for': address }, body: { refresh_token: 'none' } });
    const statuses: number[] = [];
    for (let i = 0; i < 10; i += 1) statuses.push((await refresh('203.0.113.7')).status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 401, 401, 401, 429, 429]);
    assert.equal((await refresh('203.0.113.8')).status, 401);
  });
});
