import assert from 'node:assert/strict';
import { ROLES } from '../../src/core/permissions.ts';
import { Client, PASSWORD, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

describe('roles', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi();
    await fixture.sql(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
    admin = await Client.login(fixture, 'admin');
  });
  after(() => fixture.stop());

  const audited = (action: string, target: string) =>
    fixture.sql('select actor, outcome, details from audit_log where action = $1 and target = $2 order by audit_id', [action, target]);

  async function holder(username: string, role: string): Promise<Client> {
    await admin.post('/users', { username, roles: [role], password: PASSWORD, must_change_password: false });
    return Client.login(fixture, username);
  }

  it('are listed with the built-in ones first, which stay as they are', async () => {
    const { items } = (await admin.get('/roles')).body;
    assert.deepEqual(
      items.slice(0, 4).map(({ name }) => name),
      Object.keys(ROLES),
    );
    for (const { id, name, built_in: builtIn, permissions } of items.slice(0, 4)) {
      assert.equal(builtIn, true);
      assert.deepEqual(permissions, [...ROLES[name as keyof typeof ROLES]]);
      assert.equal((await admin.get(`/roles/${id}`)).body.name, name);
      assert.equal((await admin.send('PATCH', `/roles/${id}`, { description: 'x' })).status, 409);
      assert.equal((await admin.send('PUT', `/roles/${id}`, { name: 'x', permissions: ['devices:read'] })).status, 409);
      assert.equal((await admin.send('DELETE', `/roles/${id}`)).status, 409);
    }
    const first = await admin.get('/roles?limit=3');
    const second = await admin.get(`/roles?limit=3&cursor=${first.body.next_cursor ?? ''}`);
    assert.equal(second.body.items[0]?.name, 'viewer');
  });

  it('are made of permissions, and give exactly those', async () => {
    const made = await admin.post('/roles', {
      name: 'Energy',
      description: 'Reads',
      permissions: ['devices:read', 'devices:read', 'audit:read'],
    });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual([made.body.permissions, made.body.built_in], [['devices:read', 'audit:read'], false]);
    assert.equal(made.headers.get('location'), `/api/v1/roles/${made.body.id}`);
    const client = await holder('energy-1', 'energy');
    const me = (await client.get('/auth/me')).body;
    assert.deepEqual([me.role, me.roles, me.permissions.sort()], ['Energy', ['Energy'], ['audit:read', 'devices:read']]);
    assert.equal((await client.get('/devices')).status, 200);
    assert.equal((await client.get('/rules')).status, 403);
    const [row] = await audited('role.create', 'Energy');
    assert.deepEqual([row?.['actor'], row?.['outcome']], ['admin', 'ok']);
  });

  it('change at once for those who hold them, under a new name too', async () => {
    const { body: role } = await admin.post('/roles', { name: 'Shift', permissions: ['devices:read'] });
    const client = await holder('shift-1', 'Shift');
    assert.equal((await client.get('/rules')).status, 403);
    const patched = await admin.send('PATCH', `/roles/${role.id}`, { name: 'Night shift', permissions: ['devices:read', 'rules:read'] });
    assert.equal(patched.status, 200, patched.text);
    assert.equal((await client.get('/rules')).status, 200);
    assert.deepEqual((await client.get('/auth/me')).body.roles, ['Night shift']);
    const replaced = await admin.send('PUT', `/roles/${role.id}`, { name: 'Night shift', permissions: ['rules:read'] });
    assert.deepEqual([replaced.body.description, replaced.body.permissions], ['', ['rules:read']]);
    assert.equal((await client.get('/devices')).status, 403);
    const [first, second] = [...(await audited('role.change', 'Shift')), ...(await audited('role.change', 'Night shift'))];
    assert.deepEqual(first?.['details'], {
      before: { name: 'Shift', permissions: ['devices:read'] },
      after: { name: 'Night shift', permissions: ['devices:read', 'rules:read'] },
    });
    assert.deepEqual(second?.['details'], {
      before: { permissions: ['devices:read', 'rules:read'] },
      after: { permissions: ['rules:read'] },
    });
  });

  it('cannot be removed while somebody holds them; the answer says how many', async () => {
    const { body: role } = await admin.post('/roles', { name: 'Day guests', permissions: ['devices:read'] });
    await holder('guest-1', 'Day guests');
    await holder('guest-2', 'Day guests');
    const refused = await admin.send('DELETE', `/roles/${role.id}`);
    assert.equal(refused.status, 409);
    assert.match(refused.body.detail, /^2 users hold the role "Day guests".*GET \/api\/v1\/users\?role=Day%20guests lists/);
    assert.equal((await audited('role.remove', role.id))[0]?.['outcome'], 'refused');
    for (const { id } of (await admin.get('/users?role=Day%20guests')).body.items)
      await admin.post(`/users/${id}/roles`, { roles: ['viewer'] });
    assert.equal((await admin.send('DELETE', `/roles/${role.id}`)).status, 204);
    assert.equal((await admin.get(`/roles/${role.id}`)).status, 404);
    assert.equal((await audited('role.remove', 'Day guests'))[0]?.['outcome'], 'ok');
  });

  it('cannot be given to somebody while they are removed', async () => {
    const { body: user } = await admin.post('/users', { username: 'racer', roles: ['viewer'] });
    for (let round = 0; round < 10; round += 1) {
      const name = `Race ${String(round)}`;
      const { body: role } = await admin.post('/roles', { name, permissions: ['devices:read'] });
      const [removed, given] = await Promise.all([
        admin.send('DELETE', `/roles/${role.id}`),
        admin.post(`/users/${user.id}/roles`, { roles: [name] }),
      ]);
      const outcome = `${String(removed.status)} ${String(given.status)}`;
      assert.ok(['204 400', '409 200'].includes(outcome), outcome);
    }
  });

  it('refuse names that exist, permissions that do not, and fields that nobody knows', async () => {
    const role = { name: 'Once', permissions: ['devices:read'] };
    assert.equal((await admin.post('/roles', role)).status, 201);
    assert.equal((await admin.post('/roles', { ...role, name: 'ONCE' })).status, 409);
    assert.equal((await admin.post('/roles', { ...role, name: 'Admin' })).status, 409);
    const field = async (body: object) => {
      const answer = await admin.post('/roles', { ...role, name: 'Fields', ...body });
      assert.equal(answer.status, 400, answer.text);
      return answer.body.errors[0]?.field;
    };
    assert.equal(await field({ permissions: ['devices:read', 'everything'] }), 'permissions.1');
    assert.equal(await field({ permissions: ['__proto__'] }), 'permissions.0');
    assert.equal(await field({ permissions: [] }), 'permissions');
    assert.equal(await field({ name: 'x'.repeat(61) }), 'name');
    assert.equal(await field({ built_in: true }), 'built_in');
  });

  it('cannot be made, widened or taken over by somebody who has less', async () => {
    const desk = { name: 'Desk', permissions: ['users:read', 'users:write', 'devices:read'] };
    const { body: own } = await admin.post('/roles', desk);
    const { body: strong } = await admin.post('/roles', { name: 'Strong', permissions: ['audit:read', 'devices:read'] });
    const client = await holder('desk-1', 'Desk');
    assert.equal((await client.post('/roles', { name: 'Sneaky', permissions: ['settings:write'] })).status, 403);
    assert.equal((await client.send('PATCH', `/roles/${own.id}`, { permissions: [...desk.permissions, 'flows:write'] })).status, 403);
    assert.equal((await client.send('PATCH', `/roles/${strong.id}`, { permissions: ['devices:read'] })).status, 403);
    assert.equal((await client.send('DELETE', `/roles/${strong.id}`)).status, 403);
    assert.equal((await client.post('/roles', { name: 'Smaller', permissions: ['devices:read'] })).status, 201);
    const rows = await fixture.sql(`select action from audit_log where outcome = 'refused' and actor = 'desk-1' order by audit_id`);
    assert.deepEqual(
      rows.map((row) => row['action']),
      ['role.create', 'role.change', 'role.change', 'role.remove'],
    );
  });

  it('of another tenant are not there, and names are free in each', async () => {
    await fixture.sql(
      `insert into roles (role_id, tenant_id, name, permissions) values ('11111111-1111-4111-8111-111111111111', 'acme', 'Theirs', '{devices:read}')`,
    );
    const path = '/roles/11111111-1111-4111-8111-111111111111';
    assert.equal((await admin.get(path)).status, 404);
    assert.equal((await admin.send('PATCH', path, { description: 'x' })).status, 404);
    assert.equal((await admin.send('PUT', path, { name: 'x', permissions: ['devices:read'] })).status, 404);
    assert.equal((await admin.send('DELETE', path)).status, 404);
    assert.equal((await admin.post('/users', { username: 'spy', roles: ['Theirs'] })).status, 400);
    assert.equal((await admin.post('/roles', { name: 'Theirs', permissions: ['devices:read'] })).status, 201);
  });

  it('with words of another version give what this one knows', async () => {
    await fixture.sql(
      `insert into roles (role_id, tenant_id, name, permissions)
       values ('22222222-2222-4222-8222-222222222222', 'default', 'Old', '{devices:read,teleport:write,constructor}')`,
    );
    const client = await holder('old-1', 'Old');
    assert.deepEqual((await client.get('/auth/me')).body.permissions, ['devices:read']);
    assert.deepEqual((await admin.get('/roles/22222222-2222-4222-8222-222222222222')).body.permissions, ['devices:read']);
  });
});
