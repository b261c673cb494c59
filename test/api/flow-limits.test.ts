import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { call, Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const limitOf = ({ headers }: Answer) => [headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')];

describe('limits of calls of flows', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let reached: number;

  beforeEach(async () => {
    fixture = await startApi({
      requestLimits: { analytics: 3, devices: 5, telemetry: 4, tests: 2, other: 8, strangers: 6 },
      trustProxy: '1',
    });
    admin = await Client.login(fixture, 'admin');
    reached = 0;
    const answer = (_request: IncomingMessage, response: ServerResponse): void => {
      reached += 1;
      response.end('flow');
    };
    const upgrade = (_request: IncomingMessage, socket: Duplex): void => void socket.end();
    fixture.server.setNodeRed({ admin: answer, nodes: answer, upgrade });
  });
  afterEach(() => fixture.stop());

  const hook = (headers: Record<string, string>) => call(fixture.url, 'GET', '/flows/hook', { headers });
  const statusesOf = async (count: number, headers: (n: number) => Record<string, string>) => {
    const statuses: number[] = [];
    for (let n = 0; n < count; n += 1) statuses.push((await hook(headers(n))).status);
    return statuses;
  };

  it('write down the address that the proxy names, of the editor and of /flows, and only what is an address', async () => {
    const at = (path: string, forwarded: string) => call(fixture.url, 'GET', path, { headers: { 'x-forwarded-for': forwarded } });
    assert.equal((await at('/editor/flows', '8.8.4.4')).status, 401);
    assert.equal((await at('/flows/hook', '1.2.3.4, 9.9.9.9')).status, 401);
    assert.equal((await at('/flows/hook', '<script>')).status, 401);
    assert.equal((await at('/api/v1/devices', 'x'.repeat(5_000))).status, 401);
    const rows = await fixture.sql(
      `select address from audit_log where action in ('editor.enter', 'flows.call', 'api.unauthenticated') order by audit_id`,
    );
    assert.deepEqual(
      rows.map(({ address }) => String(address).replace('::ffff:', '')),
      ['8.8.4.4', '9.9.9.9', '127.0.0.1', '127.0.0.1'],
    );
  });

  it('count the hour of a key together with the API', async () => {
    const { key } = (await admin.post('/api-keys', { name: 'erp', kind: 'program', permissions: ['devices:read'], hourly_limit: 3 })).body;
    assert.equal((await call(fixture.url, 'GET', '/api/v1/devices', { headers: { 'x-api-key': key } })).status, 200);
    assert.deepEqual(limitOf(await hook({ 'x-api-key': key })), ['3', '1']);
    assert.deepEqual(await statusesOf(3, () => ({ 'x-api-key': key })), [200, 429, 429]);
    assert.equal(reached, 2);
    const refused = await hook({ 'x-api-key': key });
    assert.equal(refused.body.code, 'RATE_LIMITED');
    assert.ok(Number(refused.headers.get('retry-after')) > 3_500);
  });

  it('count callers a minute, with what they call otherwise', async () => {
    assert.equal((await admin.get('/auth/me')).status, 200);
    const first = await hook(admin.headers);
    assert.deepEqual(limitOf(first), ['8', '6']);
    assert.deepEqual(await statusesOf(8, () => admin.headers), [200, 200, 200, 200, 200, 200, 429, 429]);
    assert.equal((await admin.get('/auth/me')).status, 429);
  });

  it('make guessing of keys slow, and see the client behind a proxy', async () => {
    const guess = (n: number) => ({ 'x-api-key': `insa_program_${String(n).padStart(43, 'x')}`, 'x-forwarded-for': '10.9.9.9, 10.1.1.1' });
    assert.deepEqual(await statusesOf(9, guess), [401, 401, 401, 401, 401, 401, 429, 429, 429]);
    const { key } = (await admin.post('/api-keys', { name: 'p', kind: 'program', permissions: ['devices:read'] })).body;
    assert.equal((await hook({ 'x-api-key': key, 'x-forwarded-for': '10.1.1.1' })).status, 200, 'a good key gets in from there');
    assert.equal(
      (await hook({ ...guess(10), 'x-forwarded-for': '10.1.1.1, 10.1.1.2' })).status,
      401,
      'other addresses have their own count',
    );
    const rows = await fixture.sql(`select address::text from audit_log where action = 'flows.call' order by audit_id`);
    assert.match(String(rows[0]?.['address']), /^10\.1\.1\.1/);
  });

  it('count calls of open endpoints by their address, and leave logins from there alone', async () => {
    await admin.send('PUT', '/flows/open-endpoints', { endpoints: [{ method: 'GET', path: '/hook' }] });
    const at = (address: string) => () => ({ 'x-forwarded-for': address });
    assert.deepEqual(await statusesOf(10, at('10.1.1.1')), [200, 200, 200, 200, 200, 200, 200, 200, 429, 429]);
    assert.deepEqual(await statusesOf(1, at('10.1.1.2')), [200]);
    const body = { username: 'admin', password: 'wrong' };
    const login = await call(fixture.url, 'POST', '/api/v1/auth/login', { headers: at('10.1.1.1')(), body });
    assert.equal(login.status, 401);
  });
});
