import assert from 'node:assert/strict';
import { call, Client, PASSWORD, startApi } from './support.ts';
import type { ApiFixture, Answer } from './support.ts';

const NEW_PASSWORD = 'four words not together';
const MISSING = '00000000-0000-4000-8000-000000000000';

describe('users', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let count = 0;

  before(async () => {
    fixture = await startApi();
    await fixture.sql(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
    admin = await Client.login(fixture, 'admin');
  });
  after(() => fixture.stop());

  const fresh = (stem: string) => `${stem}-${String((count += 1))}`;
  const login = (username: string, password = PASSWORD) =>
    call(fixture.url, 'POST', '/api/v1/auth/login', { body: { username, password } });
  const audited = (action: string, target: string) =>
    fixture.sql('select actor, outcome, address, details from audit_log where action = $1 and target = $2 order by audit_id', [
      action,
      target,
    ]);

  async function made(stem: string, roles: string[], more: Record<string, unknown> = {}): Promise<Answer['body']> {
    const answer = await admin.post('/users', { username: fresh(stem), roles, password: PASSWORD, must_change_password: false, ...more });
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }

  it('are made with a generated password that is shown once and has to be changed', async () => {
    const username = fresh('maria');
    const email = `${username}@example.com`;
    const answer = await admin.post('/users', { username, email, display_name: 'María', roles: ['operator'] });
    assert.equal(answer.status, 201);
    const { password, id, created_at: at, ...rest } = answer.body;
    assert.match(password ?? '', /^\w{20}$/);
    assert.match(at, /Z$/);
    assert.equal(answer.headers.get('location'), `/api/v1/users/${id}`);
    assert.deepEqual([rest.roles, rest.disabled, rest.last_login_at, rest.display_name], [['operator'], false, null, 'María']);
    assert.doesNotMatch((await admin.get(`/users/${id}`)).text, /"password"/, 'never again');

    const entered = await login(email.toUpperCase(), password);
    assert.equal(entered.status, 200, 'by e-mail address too');
    assert.equal(entered.body.must_change_password, true);
    const seen = await admin.get(`/users/${id}`);
    assert.match(seen.body.last_login_at ?? '', /^\d{4}-/);

    const [row] = await audited('user.create', username);
    assert.equal(row?.['actor'], 'admin');
    const details = JSON.stringify(row?.['details']);
    assert.match(details, /"roles": ?\["operator"\]/);
    assert.ok(!details.includes(password ?? ''), 'the log does not know the password');
  });

  it('are made by POST /auth/register too, by administrators only', async () => {
    const username = fresh('reg');
    const answer = await admin.post('/auth/register', { username, roles: ['viewer'] });
    assert.equal(answer.status, 201);
    assert.equal((await admin.get(`/users/${answer.body.id}`)).body.username, username);
    await fixture.addUser('engineer-1', 'engineer');
    const engineer = await Client.login(fixture, 'engineer-1');
    assert.equal((await engineer.post('/auth/register', { username: fresh('x'), roles: ['viewer'] })).status, 403);
    assert.equal((await engineer.get('/users')).status, 403);
  });

  it('have names and addresses that nobody else logs in with, whatever the case or the tenant', async () => {
    const first = await made('anna', ['viewer'], { email: 'anna@example.com' });
    const taken = async (fields: Record<string, unknown>) => {
      const answer = await admin.post('/users', { username: fresh('other'), roles: ['viewer'], ...fields });
      assert.equal(answer.status, 409, answer.text);
      return answer.body.errors[0]?.field;
    };
    assert.equal(await taken({ username: first.username.toUpperCase() }), 'username');
    assert.equal(await taken({ email: 'ANNA@example.com' }), 'email');
    assert.equal(await taken({ username: 'Anna@Example.com' }), 'username');
    await fixture.addUser('stranger@acme.example', 'viewer', { tenantId: 'acme' });
    assert.equal(await taken({ email: 'stranger@acme.example' }), 'email');
    const other = await made('other', ['viewer']);
    assert.equal((await admin.send('PATCH', `/users/${other.id}`, { email: 'anna@example.com' })).status, 409);
    assert.equal((await admin.send('PATCH', `/users/${first.id}`, { email: null })).status, 200);
    assert.equal((await admin.send('PATCH', `/users/${other.id}`, { email: 'anna@example.com' })).status, 200, 'given free, it can be had');
  });

  it('refuse what is not valid by field', async () => {
    const field = async (body: Record<string, unknown>) => {
      const answer = await admin.post('/users', { username: fresh('v'), roles: ['viewer'], ...body });
      assert.equal(answer.status, 400, answer.text);
      return answer.body.errors[0]?.field;
    };
    assert.equal(await field({ roles: [] }), 'roles');
    assert.equal(await field({ roles: ['viewer', 'emperor'] }), 'roles.1');
    assert.equal(await field({ username: 'a b' }), 'username');
    assert.equal(await field({ username: 'device:pump' }), 'username');
    assert.equal(await field({ username: 'Reset-Admin' }), 'username');
    assert.equal(await field({ email: 'nowhere' }), 'email');
    assert.equal(await field({ tenant_id: 'acme' }), 'tenant_id');
    assert.equal(await field({ password: 'short' }), 'password');
    assert.equal(await field({ password: 'Password1234' }), 'password');
    assert.equal(await field({ password: 'aaaaaaaaaaaaaa' }), 'password');
    assert.equal(await field({ username: 'longenoughname', password: 'LongEnoughName' }), 'password');
    const refused = await admin.post('/users', { username: fresh('v'), roles: ['viewer'], password: 'changeme1234' });
    assert.match(refused.body.detail, /guessed first/);
    assert.doesNotMatch(refused.text, /changeme1234/);
  });

  it('are listed by name in pages, found by text, role and state', async () => {
    const stem = fresh('list');
    for (const suffix of ['c', 'A', 'b']) {
      await admin.post('/users', { username: `${stem}${suffix}`, roles: suffix === 'b' ? ['engineer', 'viewer'] : ['viewer'] });
    }
    const names = async (query: string) => (await admin.get(`/users?${query}`)).body.items.map(({ username }) => username);
    assert.deepEqual(await names(`search=${stem}`), [`${stem}A`, `${stem}b`, `${stem}c`]);
    assert.deepEqual(await names(`search=${stem}&role=Engineer`), [`${stem}b`]);
    const first = await admin.get(`/users?search=${stem}&limit=2`);
    assert.deepEqual(
      first.body.items.map(({ username }) => username),
      [`${stem}A`, `${stem}b`],
    );
    assert.deepEqual(await names(`search=${stem}&limit=2&cursor=${first.body.next_cursor ?? ''}`), [`${stem}c`]);
    assert.equal((await admin.get('/users?cursor=nonsense')).status, 400);
    assert.deepEqual(await names(`search=${encodeURIComponent('%')}`), []);
    const id = (await admin.get(`/users?search=${stem}b`)).body.items[0]?.id ?? '';
    await admin.send('PATCH', `/users/${id}`, { disabled: true });
    assert.deepEqual(await names(`search=${stem}&disabled=true`), [`${stem}b`]);
    assert.deepEqual(await names(`search=${stem}&disabled=false`), [`${stem}A`, `${stem}c`]);
  });

  it('are replaced by PUT and changed by PATCH, with before and after in the log', async () => {
    const user = await made('rosa', ['viewer'], { email: 'rosa@example.com', display_name: 'Rosa' });
    const patched = await admin.send('PATCH', `/users/${user.id}`, { display_name: 'Rosa M.', roles: ['operator', 'viewer', 'Operator'] });
    assert.equal(patched.status, 200, patched.text);
    assert.deepEqual(
      [patched.body.email, patched.body.display_name, patched.body.roles],
      ['rosa@example.com', 'Rosa M.', ['operator', 'viewer']],
    );
    const replaced = await admin.send('PUT', `/users/${user.id}`, { username: `${user.username}x`, roles: ['viewer'] });
    assert.deepEqual([replaced.body.email, replaced.body.display_name, replaced.body.roles], [null, null, ['viewer']]);
    const changes = await audited('user.change', user.username);
    assert.deepEqual(
      changes.map((row) => row['details']),
      [
        { before: { display_name: 'Rosa' }, after: { display_name: 'Rosa M.' } },
        {
          before: { username: user.username, email: 'rosa@example.com', display_name: 'Rosa M.' },
          after: { username: `${user.username}x`, email: null, display_name: null },
        },
      ],
    );
    const roles = await audited('user.roles', user.username);
    assert.deepEqual(roles[0]?.['details'], { before: { roles: ['viewer'] }, after: { roles: ['operator', 'viewer'] } });
    await admin.send('PATCH', `/users/${user.id}`, { username: `${user.username}x` });
    assert.equal((await audited('user.change', `${user.username}x`)).length, 0, 'what changes nothing is no entry');
  });

  it('may do what any of their roles allows', async () => {
    const user = await made('both', ['viewer', 'operator']);
    const client = await Client.login(fixture, user.username);
    const me = await client.get('/auth/me');
    assert.equal(me.body.role, 'operator', 'the strongest is the word');
    assert.deepEqual(me.body.roles, ['viewer', 'operator']);
    assert.ok(me.body.permissions.includes('commands:send'));
    assert.equal((await client.get('/users')).status, 403);
  });

  it('have changed roles at once, also where a login is known already', async () => {
    const user = await made('turn', ['viewer']);
    const client = await Client.login(fixture, user.username);
    assert.equal((await client.post('/devices', {})).status, 403);
    const given = await admin.post(`/users/${user.id}/roles`, { roles: ['engineer'] });
    assert.deepEqual([given.status, given.body.roles], [200, ['engineer']]);
    assert.equal((await client.post('/devices', {})).status, 201);
    await admin.post(`/users/${user.id}/roles`, { roles: ['viewer'] });
    assert.equal((await client.post('/devices', {})).status, 403);
    const refreshed = await call(fixture.url, 'POST', '/api/v1/auth/refresh', { body: { refresh_token: client.tokens.refresh_token } });
    assert.equal(refreshed.status, 200, 'the login itself goes on');
  });

  it('lose every login when they are disabled: tokens, refresh, cookie; and come back when enabled', async () => {
    const user = await made('gone', ['engineer']);
    const client = await Client.login(fixture, user.username);
    const withCookie = () => call(fixture.url, 'GET', '/api/v1/auth/me', { headers: { cookie: client.cookie } });
    assert.equal((await client.get('/devices')).status, 200);
    assert.equal((await withCookie()).status, 200);
    const disabled = await admin.send('PATCH', `/users/${user.id}`, { disabled: true });
    assert.equal(disabled.body.disabled, true);
    assert.equal((await client.get('/devices')).status, 401);
    assert.equal((await withCookie()).status, 401);
    const refresh = () => call(fixture.url, 'POST', '/api/v1/auth/refresh', { body: { refresh_token: client.tokens.refresh_token } });
    assert.equal((await refresh()).status, 401);
    const refused = await login(user.username);
    const unknown = await login(fresh('nobody'));
    assert.deepEqual([refused.status, refused.body.detail], [401, unknown.body.detail], 'as if there were nobody');
    await admin.send('PATCH', `/users/${user.id}`, { disabled: false });
    assert.equal((await refresh()).status, 401, 'old logins stay over');
    assert.equal((await login(user.username)).status, 200);
    assert.equal((await audited('user.disable', user.username))[0]?.['outcome'], 'ok');
    assert.equal((await audited('user.enable', user.username))[0]?.['outcome'], 'ok');
    const [login401] = await fixture.sql(`select details from audit_log where action = 'login' and outcome = 'refused' and actor = $1`, [
      user.username,
    ]);
    assert.deepEqual(login401?.['details'], { reason: 'disabled' });
  });

  it('lose every login when they are removed, and their name is free again', async () => {
    const user = await made('away', ['viewer']);
    const client = await Client.login(fixture, user.username);
    assert.equal((await client.get('/devices')).status, 200);
    assert.equal((await admin.send('DELETE', `/users/${user.id}`)).status, 204);
    assert.equal((await client.get('/devices')).status, 401);
    assert.equal((await admin.get(`/users/${user.id}`)).status, 404);
    assert.equal((await admin.send('DELETE', `/users/${user.id}`)).status, 404);
    const [row] = await audited('user.remove', user.username);
    assert.deepEqual((row?.['details'] as { before: { username: string } }).before.username, user.username);
    assert.equal((await admin.post('/users', { username: user.username, roles: ['viewer'] })).status, 201);
  });

  it('get a password from an administrator that must be changed, and every login ends', async () => {
    const user = await made('lost', ['viewer']);
    const client = await Client.login(fixture, user.username);
    const reset = await admin.post(`/users/${user.id}/password`);
    assert.equal(reset.status, 200, reset.text);
    assert.match(reset.body.password ?? '', /^\w{20}$/);
    assert.equal((await client.get('/auth/me')).status, 401);
    assert.equal((await login(user.username)).status, 401, 'the old password');
    const entered = await login(user.username, reset.body.password);
    assert.equal(entered.body.must_change_password, true);

    const given = await admin.post(`/users/${user.id}/password`, { password: NEW_PASSWORD });
    assert.deepEqual([given.status, given.body.password], [200, undefined]);
    const again = await login(user.username, NEW_PASSWORD);
    assert.equal(again.body.must_change_password, true, 'given ones too');
    const bearer = new Client(fixture.url, { authorization: `Bearer ${again.body.access_token}` });
    const change = (next: string) => bearer.send('PUT', '/auth/password', { current_password: NEW_PASSWORD, new_password: next });
    assert.equal((await change('passwordpassword')).body.errors[0]?.field, 'new_password');
    assert.equal((await change('my own long password')).status, 200);
    assert.equal((await audited('password.reset', user.username)).length, 2);
    const own = await fixture.sql(`select outcome from audit_log where action = 'password.change' and actor = $1`, [user.username]);
    assert.deepEqual(own, [{ outcome: 'ok' }]);
  });

  it('of another tenant answer like users that do not exist', async () => {
    const foreign = await fixture.addUser(fresh('foreign'), 'viewer', { tenantId: 'acme' });
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PUT', '', { username: fresh('x'), roles: ['viewer'] }],
      ['PATCH', '', { disabled: true }],
      ['DELETE', '', undefined],
      ['POST', '/roles', { roles: ['viewer'] }],
      ['POST', '/password', {}],
    ] as const) {
      const theirs = await admin.send(method, `/users/${foreign}${path}`, body);
      const nobody = await admin.send(method, `/users/${MISSING}${path}`, body);
      assert.equal(theirs.status, 404, `${method} ${path}`);
      assert.equal(theirs.body.detail.replace(foreign, MISSING), nobody.body.detail);
    }
    assert.ok(!(await admin.get('/users?limit=500')).text.includes(foreign));
  });
});
