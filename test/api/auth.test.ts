import assert from 'node:assert/strict';
import jwt from 'jsonwebtoken';
import { ensureAdministrator } from '../../src/auth/administrator.ts';
import { newUuid } from '../../src/core/ids.ts';
import { call, Client, PASSWORD, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

describe('logins of people', () => {
  let fixture: ApiFixture;
  let users = 0;

  before(async () => (fixture = await startApi()));
  after(() => fixture.stop());

  async function newUser(options: { mustChangePassword?: boolean } = {}): Promise<string> {
    users += 1;
    const username = `user-${String(users)}`;
    await fixture.addUser(username, 'engineer', options);
    return username;
  }

  const login = (username: string, password = PASSWORD) =>
    call(fixture.url, 'POST', '/api/v1/auth/login', { body: { username, password } });
  const refresh = (token: string) => call(fixture.url, 'POST', '/api/v1/auth/refresh', { body: { refresh_token: token } });

  it('answers tokens and a cookie that scripts cannot read', async () => {
    const answer = await login('admin');
    assert.equal(answer.status, 200);
    assert.equal(answer.body.token_type, 'Bearer');
    assert.equal(answer.body.expires_in, 900);
    assert.equal(answer.body.must_change_password, false);
    const cookie = answer.headers.get('set-cookie') ?? '';
    assert.match(cookie, /^insa_session=.+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const me = await call(fixture.url, 'GET', '/api/v1/auth/me', {
      headers: { authorization: `Bearer ${answer.body.access_token}` },
    });
    assert.equal(me.body.username, 'admin');
    assert.equal(me.body.role, 'admin');
    assert.ok(me.body.permissions.includes('users:write'));
  });

  it('refuses fields that it does not know', async () => {
    const answer = await call(fixture.url, 'POST', '/api/v1/auth/login', {
      body: { username: 'admin', password: PASSWORD, role: 'admin' },
    });
    assert.equal(answer.status, 400);
    assert.equal(answer.body.errors[0]?.field, 'role');
  });

  it('takes names in any case, passwords only in theirs', async () => {
    const username = await newUser();
    assert.equal((await login(username.toUpperCase())).status, 200);
    assert.equal((await login(username, PASSWORD.toUpperCase())).status, 401);
  });

  it('refuses a wrong password and an unknown name with the same words, and writes both down', async () => {
    const username = await newUser();
    const wrong = await login(username, 'not the password');
    const unknown = await login('nobody-at-all', 'not the password');
    assert.equal(wrong.status, 401);
    assert.equal(unknown.status, 401);
    assert.equal(wrong.body.detail, unknown.body.detail);
    assert.equal(wrong.body.code, 'UNAUTHENTICATED');
    assert.match(wrong.body.remedy, /new password/);
    assert.equal(unknown.body.remedy, wrong.body.remedy);
    assert.match((await call(fixture.url, 'GET', '/api/v1/auth/me')).body.remedy, /^Log in/);
    assert.equal(wrong.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    const rows = await fixture.sql(
      `select actor from audit_log where action = 'login' and outcome = 'refused' order by audit_id desc limit 2`,
    );
    assert.deepEqual(rows, [{ actor: 'unknown' }, { actor: username }]);
    assert.equal((await login('nul\u0000byte')).status, 400);
  });

  it('allows five attempts a minute for an account from one address, then says how long to wait', async () => {
    const username = await newUser();
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const answer = await login(username, 'guess');
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get('ratelimit-remaining'), String(5 - attempt));
    }
    const held = await login(username);
    assert.equal(held.status, 429);
    assert.equal(held.body.code, 'RATE_LIMITED');
    assert.ok(Number(held.headers.get('retry-after')) > 0);
    assert.equal(held.headers.get('ratelimit-limit'), '5');
    assert.equal((await login(await newUser())).status, 200, 'other accounts are not held back');
  });

  it('rotates refresh tokens, and ends the login when a spent one comes back', async () => {
    const username = await newUser();
    const first = await login(username);
    const second = await refresh(first.body.refresh_token);
    assert.equal(second.status, 200);
    assert.notEqual(second.body.refresh_token, first.body.refresh_token);
    const asSecond = new Client(fixture.url, { authorization: `Bearer ${second.body.access_token}` });
    assert.equal((await asSecond.get('/auth/me')).status, 200);

    assert.equal((await refresh(first.body.refresh_token)).status, 401, 'spent');
    assert.equal((await refresh(second.body.refresh_token)).status, 401, 'its family has ended');
    assert.equal((await asSecond.get('/auth/me')).status, 401, 'and its access token with it');
    const [row] = await fixture.sql(`select actor, outcome from audit_log where action = 'token.reuse' and actor = $1`, [username]);
    assert.equal(row?.['outcome'], 'refused');
  });

  it('lets only one of two refreshes at the same time succeed', async () => {
    const first = await login(await newUser());
    const answers = await Promise.all([refresh(first.body.refresh_token), refresh(first.body.refresh_token)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401]);
  });

  it('ends the whole login when a spent token comes back while the good one is being used', async () => {
    for (let round = 0; round < 5; round += 1) {
      const first = await login(await newUser());
      const second = await refresh(first.body.refresh_token);
      const [reused, used] = await Promise.all([refresh(first.body.refresh_token), refresh(second.body.refresh_token)]);
      assert.equal(reused.status, 401);
      if (used.status === 200) assert.equal((await refresh(used.body.refresh_token)).status, 401, 'what the race let through has ended');
    }
  });

  it('leaves nothing of a login that is refreshed while it logs out', async () => {
    for (let round = 0; round < 5; round += 1) {
      const client = await Client.login(fixture, await newUser());
      const [used, out] = await Promise.all([refresh(client.tokens.refresh_token), client.post('/auth/logout')]);
      assert.equal(out.status, 204);
      if (used.status !== 200) continue;
      assert.equal((await refresh(used.body.refresh_token)).status, 401);
      const late = new Client(fixture.url, { authorization: `Bearer ${used.body.access_token}` });
      assert.equal((await late.get('/auth/me')).status, 401);
    }
  });

  it('ends a login at logout: tokens and cookie', async () => {
    const client = await Client.login(fixture, await newUser());
    const ended: string[] = [];
    const off = fixture.events.on('user.sessions_ended', ({ userId }) => ended.push(userId));
    const out = await client.send('POST', '/auth/logout', { refresh_token: client.tokens.refresh_token });
    off();
    assert.equal(out.status, 204);
    assert.match(out.headers.get('set-cookie') ?? '', /^insa_session=; .*Max-Age=0/);
    assert.equal(ended.length, 1);
    assert.equal((await client.get('/auth/me')).status, 401);
    assert.equal((await refresh(client.tokens.refresh_token)).status, 401);
    const withCookie = await call(fixture.url, 'GET', '/api/v1/auth/me', { headers: { cookie: client.cookie } });
    assert.equal(withCookie.status, 401);
  });

  it('demands that a generated password is changed before anything else', async () => {
    const username = await newUser({ mustChangePassword: true });
    const client = await Client.login(fixture, username);
    assert.equal(client.tokens.must_change_password, true);
    const me = await client.get('/auth/me');
    assert.equal(me.body.must_change_password, true);
    assert.deepEqual(me.body.permissions, []);
    const refused = await client.get('/devices');
    assert.equal(refused.status, 403);
    assert.equal(refused.body.code, 'PASSWORD_CHANGE_REQUIRED');

    const short = await client.send('PUT', '/auth/password', { current_password: PASSWORD, new_password: 'short' });
    assert.equal(short.status, 400);
    assert.equal(short.body.errors[0]?.field, 'new_password');
    assert.doesNotMatch(JSON.stringify(short.body), /"short"/, 'passwords are not repeated');
    const wrong = await client.send('PUT', '/auth/password', { current_password: 'wrong', new_password: 'another password' });
    assert.equal(wrong.status, 400);
    assert.equal(wrong.body.errors[0]?.field, 'current_password');
    const changed = await client.send('PUT', '/auth/password', { current_password: PASSWORD, new_password: 'another password' });
    assert.equal(changed.status, 200);
    assert.equal(changed.body.must_change_password, false);
    const again = new Client(fixture.url, { authorization: `Bearer ${changed.body.access_token}` });
    assert.equal((await again.get('/devices')).status, 200);
    assert.equal((await client.get('/auth/me')).status, 401, 'the login from before has ended');
    assert.equal((await login(username, 'another password')).status, 200);
  });

  it('takes the cookie from its own pages and from nowhere else', async () => {
    const client = await Client.login(fixture, await newUser());
    const headers = { cookie: client.cookie };
    const post = (origin: string) => call(fixture.url, 'POST', '/api/v1/devices', { headers: { ...headers, origin }, body: {} });
    assert.equal((await call(fixture.url, 'GET', '/api/v1/devices', { headers })).status, 200);
    assert.equal((await post('https://evil.example')).status, 401);
    assert.equal((await post('null')).status, 401);
    assert.equal((await post(fixture.url)).status, 201);
  });

  it('does not take tokens of other makers, purposes or times', async () => {
    const client = await Client.login(fixture, await newUser());
    const claims = jwt.decode(client.tokens.access_token) as jwt.JwtPayload;
    const me = (token: string) => new Client(fixture.url, { authorization: `Bearer ${token}` }).get('/auth/me');
    const unsigned = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;
    assert.equal((await me(unsigned)).status, 401);
    assert.equal((await me(jwt.sign(claims, 'another secret of sufficient length'))).status, 401);
    assert.equal((await me(client.cookie.replace('insa_session=', ''))).status, 401, 'the cookie is no access token');
    assert.equal((await me('nonsense')).status, 401);
    const asCookie = await call(fixture.url, 'GET', '/api/v1/auth/me', {
      headers: { cookie: `insa_session=${client.tokens.access_token}` },
    });
    assert.equal(asCookie.status, 401, 'nor the other way round');
    fixture.clock.offsetMs = 16 * 60_000;
    try {
      assert.equal((await client.get('/auth/me')).status, 401, 'expired');
      assert.equal((await refresh(client.tokens.refresh_token)).status, 200);
    } finally {
      fixture.clock.offsetMs = 0;
    }
  });

  it('ends a login 7 days after its last refresh', async () => {
    const username = await newUser();
    const client = await Client.login(fixture, username);
    fixture.clock.offsetMs = 7 * 86_400_000 + 1_000;
    try {
      assert.equal((await refresh(client.tokens.refresh_token)).status, 401);
      const lines = await fixture.sql(`select details from audit_log where action = 'token.refresh' and actor = $1`, [username]);
      assert.deepEqual(lines, [{ details: { reason: 'expired' } }]);
      assert.equal((await call(fixture.url, 'GET', '/api/v1/auth/me', { headers: { cookie: client.cookie } })).status, 401);
    } finally {
      fixture.clock.offsetMs = 0;
    }
  });

  it('forgets a disabled account within half a minute', async () => {
    const username = await newUser();
    const client = await Client.login(fixture, username);
    await fixture.sql('update users set disabled_at = now() where username = $1', [username]);
    assert.equal((await login(username)).status, 401);
    assert.equal((await refresh(client.tokens.refresh_token)).status, 401);
    fixture.clock.offsetMs = 31_000;
    try {
      assert.equal((await client.get('/auth/me')).status, 401);
    } finally {
      fixture.clock.offsetMs = 0;
    }
  });

  it('has no logins for keys', async () => {
    const { key } = await fixture.credentials.issue({ tenantId: 'default', kind: 'program', name: 'p' });
    const client = Client.withKey(fixture, key);
    assert.equal((await client.get('/auth/me')).body.role, 'program');
    assert.equal((await client.post('/auth/logout')).status, 403);
  });

  it('makes the first administrator once, with a generated password that is shown once', async () => {
    const empty = await startApi();
    try {
      await empty.sql('delete from users');
      const options = { tenantId: 'default', username: 'root', password: undefined, newId: newUuid };
      const made = await ensureAdministrator(empty.database.db, options);
      assert.match(made.password ?? '', /^\w{20}$/);
      assert.deepEqual(await ensureAdministrator(empty.database.db, options), { username: 'root' });
      const client = await Client.login(empty, 'root', made.password);
      assert.equal(client.tokens.must_change_password, true);
    } finally {
      await empty.stop();
    }
  });

  it('keeps neither passwords nor tokens readable', async () => {
    const client = await Client.login(fixture, await newUser());
    const everything = `select (select string_agg(u::text, ' ') from users u) || (select string_agg(t::text, ' ') from refresh_tokens t) as stored`;
    const stored = String((await fixture.sql(everything))[0]?.['stored']);
    assert.ok(!stored.includes(PASSWORD));
    assert.ok(!stored.includes(client.tokens.refresh_token));
    assert.match(stored, /argon2id/);
  });
});
