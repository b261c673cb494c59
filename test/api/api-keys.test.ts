import assert from 'node:assert/strict';
import { Client, eventually, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

interface Key {
  id: string;
  name: string;
  prefix: string;
  permissions: string[];
  hourly_limit: number | null;
  created_by: string | null;
  replaced_by: string | null;
  expires_at: string | null;
}
interface Rotated extends Key {
  key: string;
  replaces: string;
  replaced_expires_at: string;
}

const keyOf = (answer: Answer) => answer.body as unknown as Key;
const rotatedOf = (answer: Answer) => answer.body as unknown as Rotated;

describe('keys of programs, gateways and devices', () => {
  let fixture: ApiFixture;
  let admin: Client;

  beforeEach(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    await admin.post('/devices', { device_id: 'pump-01' });
  });
  afterEach(() => fixture.stop());

  const program = (more: object = {}) => ({ name: 'erp', kind: 'program', permissions: ['devices:read'], ...more });

  async function audited(action: string): Promise<Record<string, unknown>[]> {
    return fixture.sql('select actor, target, outcome, details from audit_log where action = $1 order by audit_id', [action]);
  }

  it('are shown one by one without the secret, with who made them, and not any more once revoked', async () => {
    const issued = await admin.post('/api-keys', program({ hourly_limit: 500 }));
    assert.equal(issued.status, 201, issued.text);
    const one = await admin.get(`/api-keys/${issued.body.id}`);
    assert.equal(one.status, 200);
    const { name, hourly_limit: limit, created_by: maker, replaced_by: next, prefix } = keyOf(one);
    assert.deepEqual([name, limit, maker, next, prefix], ['erp', 500, 'admin', null, issued.body.prefix]);
    assert.ok(!one.text.includes(issued.body.key));
    assert.equal((await admin.send('DELETE', `/api-keys/${issued.body.id}`)).status, 204);
    assert.equal((await admin.get(`/api-keys/${issued.body.id}`)).status, 404);
    assert.ok(!(await admin.get('/api-keys')).text.includes(issued.body.id));
    assert.equal((await admin.get('/api-keys/00000000-0000-4000-8000-000000000000')).status, 404);
  });

  it('of devices are not to be had as keys of programs', async () => {
    const { id } = (await admin.post('/devices/pump-01/credentials')).body;
    assert.equal((await admin.get(`/api-keys/${id}`)).status, 404);
    assert.equal((await admin.post(`/api-keys/${id}/rotate`)).status, 404);
    assert.equal((await admin.send('DELETE', `/api-keys/${id}`)).status, 404);
    const { id: other } = (await admin.post('/api-keys', program())).body;
    assert.equal((await admin.post(`/devices/pump-01/credentials/${other}/rotate`)).status, 404);
  });

  it('say what helps when they lack a permission: nobody can give it to them any more', async () => {
    const { key } = (await admin.post('/api-keys', program({ permissions: ['telemetry:read'] }))).body;
    const refused = await Client.withKey(fixture, key).get('/audit/logs');
    assert.equal(refused.status, 403);
    assert.match(refused.body.detail, /does not have\. Issue a key that has it \(POST \/api\/v1\/api-keys\)\.$/);
  });

  it('name a limit that is none', async () => {
    for (const limit of [0, -1, 1.5, '100', 1e9]) {
      const answer = await admin.post('/api-keys', program({ hourly_limit: limit }));
      assert.equal(answer.status, 400, String(limit));
      assert.equal(answer.body.errors[0]?.field, 'hourly_limit');
    }
    assert.equal((await admin.post('/api-keys', program({ hourly_limit: null }))).status, 201);
  });

  it('are rotated: both work until the overlap is over, then only the new one', async () => {
    const old = (await admin.post('/api-keys', program({ hourly_limit: 900 }))).body;
    const answer = await admin.post(`/api-keys/${old.id}/rotate`, { overlap_seconds: 600 });
    assert.equal(answer.status, 201, answer.text);
    const rotated = rotatedOf(answer);
    assert.equal(rotated.replaces, old.id);
    assert.equal(rotated.expires_at, null);
    const before = Client.withKey(fixture, old.key);
    const after = Client.withKey(fixture, rotated.key);
    assert.equal((await before.get('/devices')).status, 200);
    assert.equal((await after.get('/devices')).status, 200);
    const [seenOld, seenNew] = [keyOf(await admin.get(`/api-keys/${old.id}`)), keyOf(await admin.get(`/api-keys/${rotated.id}`))];
    assert.deepEqual([seenNew.name, seenNew.permissions, seenNew.hourly_limit], ['erp', ['devices:read'], 900]);
    assert.deepEqual([seenOld.replaced_by, seenOld.expires_at], [rotated.id, rotated.replaced_expires_at]);
    fixture.clock.offsetMs = 601_000;
    assert.equal((await before.get('/devices')).status, 401);
    assert.equal((await after.get('/devices')).status, 200);
    const [line] = await audited('api_key.rotate');
    const details = line?.['details'] as Record<string, unknown>;
    assert.deepEqual([line?.['actor'], line?.['target'], line?.['outcome']], ['admin', 'erp', 'ok']);
    assert.deepEqual([details['credential_id'], details['new_credential_id'], details['overlap_seconds']], [old.id, rotated.id, 600]);
    assert.ok(!JSON.stringify(line).includes(rotated.key));
  });

  it('are rotated with a day of overlap unless told, and at once with none', async () => {
    const first = (await admin.post('/devices/pump-01/credentials', { name: 'a' })).body;
    const rotated = rotatedOf(await admin.post(`/devices/pump-01/credentials/${first.id}/rotate`));
    const overlapMs = Date.parse(rotated.replaced_expires_at) - fixture.clock.nowMs();
    assert.ok(overlapMs > 86_390_000 && overlapMs <= 86_400_000);
    const next = rotatedOf(await admin.post(`/devices/pump-01/credentials/${rotated.id}/rotate`, { overlap_seconds: 0 }));
    assert.equal((await Client.withKey(fixture, rotated.key).get('/auth/me')).status, 401);
    assert.equal((await Client.withKey(fixture, next.key).get('/auth/me')).body.username, 'device:pump-01');
    assert.equal((await Client.withKey(fixture, first.key).get('/auth/me')).status, 200, 'the first one still has its day');
    assert.equal((await audited('credential.rotate')).length, 2);
  });

  it('end the connections of the old one when its overlap is over, and at once without one', async () => {
    const ended: string[] = [];
    fixture.events.on('credential.revoked', ({ credentialId }) => ended.push(credentialId));
    const [now, later] = [(await admin.post('/api-keys', program())).body, (await admin.post('/api-keys', program())).body];
    await admin.post(`/api-keys/${now.id}/rotate`, { overlap_seconds: 0 });
    assert.deepEqual(ended, [now.id]);
    await admin.post(`/api-keys/${later.id}/rotate`, { overlap_seconds: 3_600 });
    assert.deepEqual(ended, [now.id]);
    fixture.clock.offsetMs = 3_601_000;
    await eventually(() => Promise.resolve(ended.length === 2), 'the end of the second key');
    assert.deepEqual(ended, [now.id, later.id]);
  });

  it('keep an earlier end, and hand on how long they were meant to live', async () => {
    const at = (seconds: number) => new Date(fixture.clock.nowMs() + seconds * 1_000).toISOString();
    const expiresAt = at(1_000);
    const old = (await admin.post('/api-keys', program({ expires_at: expiresAt }))).body;
    fixture.clock.offsetMs = 500_000;
    const rotated = rotatedOf(await admin.post(`/api-keys/${old.id}/rotate`, { overlap_seconds: 86_400 }));
    assert.equal(rotated.replaced_expires_at, expiresAt);
    const livesMs = Date.parse(rotated.expires_at ?? '') - fixture.clock.nowMs();
    assert.ok(livesMs > 990_000 && livesMs < 1_010_000, String(livesMs));
    const wanted = at(5_000);
    const again = rotatedOf(await admin.post(`/api-keys/${rotated.id}/rotate`, { expires_at: wanted }));
    assert.equal(again.expires_at, wanted);
    const past = await admin.post(`/api-keys/${again.id}/rotate`, { expires_at: at(-5) });
    assert.equal(past.body.errors[0]?.field, 'expires_at');
  });

  it('are rotated once, and not when they have expired', async () => {
    const old = (await admin.post('/api-keys', program())).body;
    const both = await Promise.all([admin.post(`/api-keys/${old.id}/rotate`), admin.post(`/api-keys/${old.id}/rotate`)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
    const expires = (await admin.post('/api-keys', program({ expires_at: new Date(fixture.clock.nowMs() + 60_000).toISOString() }))).body;
    fixture.clock.offsetMs = 61_000;
    const refused = await admin.post(`/api-keys/${expires.id}/rotate`);
    assert.equal(refused.status, 409);
    assert.match(refused.body.detail, /has expired/);
    for (const overlap of [-1, 604_801, 0.5, 'long']) {
      const answer = await admin.post(`/api-keys/${old.id}/rotate`, { overlap_seconds: overlap });
      assert.equal(answer.body.errors[0]?.field, 'overlap_seconds');
    }
  });

  it('may do nothing that their maker may not, whichever way they are made; a refusal is written down', async () => {
    const maker = Client.withKey(
      fixture,
      (await admin.post('/api-keys', program({ permissions: ['credentials:write', 'devices:read'] }))).body.key,
    );
    assert.equal((await maker.post('/api-keys', program())).status, 201);
    for (const body of [program({ permissions: ['users:write'] }), program({ permissions: undefined }), { name: 'gw', kind: 'gateway' }]) {
      const answer = await maker.post('/api-keys', body);
      assert.equal(answer.status, 403, answer.text);
    }
    assert.equal((await maker.post('/devices/pump-01/credentials')).status, 403, 'a device may send, which the maker may not');
    const mighty = (await admin.post('/api-keys', program({ permissions: ['users:write'] }))).body;
    assert.equal((await maker.post(`/api-keys/${mighty.id}/rotate`)).status, 403, 'a new secret of a mightier key');
    assert.equal(keyOf(await admin.get(`/api-keys/${mighty.id}`)).replaced_by, null);
    const refused = [
      ...(await audited('api_key.issue')),
      ...(await audited('api_key.rotate')),
      ...(await audited('credential.issue')),
    ].filter(({ outcome }) => outcome === 'refused');
    assert.deepEqual(
      refused.map(({ actor, details }) => [actor, (details as { permission: string }).permission]),
      [
        ['program:erp', 'users:write'],
        ['program:erp', 'telemetry:write'],
        ['program:erp', 'telemetry:write'],
        ['program:erp', 'users:write'],
        ['program:erp', 'telemetry:write'],
      ],
    );
  });

  it('go on when their maker is disabled: they belong to the installation', async () => {
    await fixture.addUser('eng', 'engineer');
    const engineer = await Client.login(fixture, 'eng');
    const { key, id } = (await engineer.post('/api-keys', program())).body;
    await fixture.sql(`update users set disabled_at = now() where username = 'eng'`);
    assert.equal((await Client.withKey(fixture, key).get('/devices')).status, 200);
    assert.equal(keyOf(await admin.get(`/api-keys/${id}`)).created_by, 'eng', 'whoever disables somebody finds the keys');
  });

  it('are another tenant’s secret', async () => {
    const { id } = (await admin.post('/api-keys', program())).body;
    await fixture.sql(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
    await fixture.addUser('acme-admin', 'admin', { tenantId: 'acme' });
    const other = await Client.login(fixture, 'acme-admin');
    const answers = [
      await other.get(`/api-keys/${id}`),
      await other.post(`/api-keys/${id}/rotate`),
      await other.send('DELETE', `/api-keys/${id}`),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404, 404],
    );
  });

  it('are in the audit log with what they may, from the issue to the end, never with their secret', async () => {
    const { key, id } = (await admin.post('/api-keys', program({ hourly_limit: 7 }))).body;
    await admin.send('DELETE', `/api-keys/${id}`);
    const [issue] = await audited('api_key.issue');
    const [revoke] = await audited('api_key.revoke');
    const after = (issue?.['details'] as { after: object }).after;
    const before = (revoke?.['details'] as { before: object }).before;
    assert.deepEqual(after, { name: 'erp', kind: 'program', permissions: ['devices:read'], hourly_limit: 7 });
    assert.deepEqual(before, {
      name: 'erp',
      kind: 'program',
      permissions: ['devices:read'],
      auto_register: false,
      expires_at: null,
      hourly_limit: 7,
    });
    assert.ok(!JSON.stringify([issue, revoke]).includes(key));
  });
});
