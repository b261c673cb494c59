import assert from 'node:assert/strict';
import { Client, eventually, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

describe('devices and keys over the API', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let off: () => void;

  before(async () => {
    fixture = await startApi();
    off = fixture.wire();
    admin = await Client.login(fixture, 'admin');
  });
  after(async () => {
    off();
    await fixture.stop();
  });

  const audited = async (action: string, target: string) =>
    (await fixture.sql('select actor, outcome, address from audit_log where action = $1 and target = $2', [action, target])).at(-1);

  it('creates, reads, replaces, changes and removes', async () => {
    const created = await admin.post('/devices', {
      device_id: 'pump-01',
      name: 'Pump 1',
      type: 'pump',
      location: 'Hall A',
      metadata: { serial: 7 },
    });
    assert.equal(created.status, 201);
    assert.equal(created.headers.get('location'), '/api/v1/devices/pump-01');
    const { created_at, updated_at, ...rest } = created.body;
    assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(created_at, updated_at);
    assert.deepEqual(rest, {
      device_id: 'pump-01',
      name: 'Pump 1',
      type: 'pump',
      location: 'Hall A',
      area: '',
      metadata: { serial: 7 },
      allowed_commands: [],
      offline_seconds: null,
      status: 'unknown',
      status_at: null,
      last_seen_at: null,
      origin: 'user',
    });
    assert.deepEqual((await admin.get('/devices/pump-01')).body, created.body);

    const patched = await admin.send('PATCH', '/devices/pump-01', { location: 'Hall B' });
    assert.equal(patched.body.location, 'Hall B');
    assert.equal(patched.body.name, 'Pump 1', 'PATCH leaves the rest');
    assert.equal(fixture.directory.lookup('pump-01')?.location, 'Hall B');
    const replaced = await admin.send('PUT', '/devices/pump-01', { area: 'North' });
    assert.deepEqual(
      [replaced.body.name, replaced.body.type, replaced.body.location, replaced.body.area, replaced.body.metadata],
      ['pump-01', '', '', 'North', {}],
    );

    assert.equal((await admin.send('DELETE', '/devices/pump-01')).status, 204);
    const gone = await admin.get('/devices/pump-01');
    assert.equal(gone.status, 404);
    assert.match(gone.body.detail, /"pump-01"/);
    assert.equal((await admin.send('DELETE', '/devices/pump-01')).status, 404);
    assert.equal((await admin.send('PUT', '/devices/pump-01', {})).status, 404);
    assert.equal(fixture.directory.lookup('pump-01'), undefined);
    for (const action of ['create', 'change', 'replace', 'remove']) {
      const line = await audited(`device.${action}`, 'pump-01');
      assert.deepEqual([line?.['actor'], line?.['outcome'], line?.['address']], ['admin', 'ok', '127.0.0.1']);
    }
  });

  it('makes an id when none is given', async () => {
    const { status, body } = await admin.post('/devices', { name: 'Nameless' });
    assert.equal(status, 201);
    assert.match(body.device_id, /^[0-9a-f-]{36}$/);
    assert.equal((await admin.post('/devices', {})).status, 201);
  });

  it('names the field, the value, the rule and the next step', async () => {
    await admin.post('/devices', { device_id: 'taken' });
    const cases: [unknown, number, string, RegExp][] = [
      [{ device_id: 'taken' }, 409, 'device_id', /"taken" is taken.*Choose another/],
      [{ device_id: '-pump' }, 400, 'device_id', /is "-pump".*starts with a letter or digit/],
      [{ device_id: 'latest' }, 400, 'device_id', /reserved/],
      [{ device_id: 'x'.repeat(129) }, 400, 'device_id', /1-128/],
      [{ device_id: 'a/b' }, 400, 'device_id', /letters, digits/],
      [{ name: 5 }, 400, 'name', /"name" is 5; send a string/],
      [{ name: '' }, 400, 'name', /at least 1 character\./],
      [{ name: 'n'.repeat(201) }, 400, 'name', /at most 200 characters/],
      [{ nmae: 'x' }, 400, 'nmae', /not known here/],
      [{ name: 'nul\u0000' }, 400, 'name', /NUL character/],
      [{ metadata: { deep: { 'k\u0000': 1 } } }, 400, 'metadata.deep', /NUL character/],
      [{ metadata: { half: '\ud800' } }, 400, 'metadata.half', /surrogate/],
      [{ metadata: [] }, 400, 'metadata', /a list/],
      [[], 400, 'body', /a list; send an object/],
    ];
    for (const [body, status, field, message] of cases) {
      const answer = await admin.post('/devices', body);
      assert.equal(answer.status, status, JSON.stringify(body));
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
      assert.equal(answer.body.status, status);
      assert.equal(answer.body.code, status === 409 ? 'CONFLICT' : 'INVALID_REQUEST');
      assert.equal(answer.body.errors[0]?.field, field);
      assert.match(answer.body.errors[0]?.message, message);
      assert.equal(answer.body.instance, '/api/v1/devices');
      assert.equal(answer.body.request_id, answer.headers.get('x-request-id'));
    }
  });

  it('lists every device exactly once, page by page, while others are created', async () => {
    for (let n = 0; n < 25; n += 1)
      await admin.post('/devices', { device_id: `list-${String(n).padStart(2, '0')}`, type: 'listed', name: `Listed ${String(n)}` });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await admin.get(`/devices?type=listed&limit=4${cursor === null ? '' : `&cursor=${cursor}`}`);
      assert.equal(page.status, 200);
      assert.ok(page.body.items.length <= 4 && page.body.items.length > 0);
      seen.push(...page.body.items.map((device: { device_id: string }) => device.device_id));
      cursor = page.body.next_cursor;
      if (seen.length === 8) await admin.post('/devices', { device_id: 'list-00a', type: 'listed' });
    } while (cursor !== null);
    assert.equal(new Set(seen).size, seen.length);
    assert.deepEqual(
      seen.filter((id) => id !== 'list-00a'),
      Array.from({ length: 25 }, (_, n) => `list-${String(n).padStart(2, '0')}`),
    );
  });

  it('searches in id, name, type, location and area, where % and _ mean themselves', async () => {
    await admin.post('/devices', { device_id: 'search-1', name: '100% full', location: 'Kühlhaus' });
    await admin.post('/devices', { device_id: 'search-2', name: '100 full', area: 'a_b' });
    const found = async (search: string) =>
      (await admin.get(`/devices?search=${encodeURIComponent(search)}`)).body.items.map(
        (device: { device_id: string }) => device.device_id,
      );
    assert.deepEqual(await found('100%'), ['search-1']);
    assert.deepEqual(await found('kühl'), ['search-1']);
    assert.deepEqual(await found('a_b'), ['search-2']);
    assert.deepEqual(await found('SEARCH-'), ['search-1', 'search-2']);
    assert.deepEqual(await found("'; drop table devices; --"), []);
  });

  it('refuses limits, cursors and parameters that are none', async () => {
    for (const query of [
      'limit=0',
      'limit=501',
      'limit=-1',
      'limit=1e2',
      'limit=',
      'limit=5&limit=6',
      'cursor=nonsense',
      'cursor=bnVsbA',
      // A cursor of the right shape that carries a NUL.
      `cursor=${Buffer.from('"a\\u0000"').toString('base64url')}`,
      'lmit=5',
      'status=asleep',
    ]) {
      const answer = await admin.get(`/devices?${query}`);
      assert.equal(answer.status, 400, query);
      assert.equal(answer.body.errors[0]?.field, query.split('=')[0]);
    }
    assert.equal((await admin.get('/devices?limit=500')).status, 200);
    assert.equal((await admin.get('/devices/%E0%A4%A')).status, 400, 'broken percent-encoding');
    assert.equal((await admin.get('/devices/a%00b')).status, 400);
  });

  it('issues keys that are shown once, lists them without the secret, and revokes them at once', async () => {
    await admin.post('/devices', { device_id: 'keyed' });
    const issued = await admin.post('/devices/keyed/credentials', { name: 'first' });
    assert.equal(issued.status, 201);
    assert.match(issued.body.key, /^insa_device_[\w-]{43}$/);
    assert.ok(issued.body.key.startsWith(issued.body.prefix));
    const list = await admin.get('/devices/keyed/credentials');
    assert.equal(list.body.items.length, 1);
    assert.equal(list.body.items[0]?.name, 'first');
    assert.ok(!JSON.stringify(list.body).includes(issued.body.key));
    const [row] = await fixture.sql(
      `select encode(key_hash, 'hex') as hash, credentials::text as whole from credentials where device_id = 'keyed'`,
    );
    assert.match(String(row?.['hash']), /^[0-9a-f]{64}$/);
    assert.ok(!String(row?.['whole']).includes(issued.body.key));

    const device = Client.withKey(fixture, issued.body.key);
    assert.equal((await device.get('/auth/me')).body.username, 'device:keyed');
    const revoked: string[] = [];
    const offRevoked = fixture.events.on('credential.revoked', ({ credentialId }) => revoked.push(credentialId));
    assert.equal((await admin.send('DELETE', `/devices/other/credentials/${issued.body.id}`)).status, 404, 'not of that device');
    assert.equal((await admin.send('DELETE', `/devices/keyed/credentials/${issued.body.id}`)).status, 204);
    offRevoked();
    assert.deepEqual(revoked, [issued.body.id]);
    assert.equal((await device.get('/auth/me')).status, 401);
    assert.equal((await admin.send('DELETE', `/devices/keyed/credentials/${issued.body.id}`)).status, 404);
    assert.equal((await admin.get('/devices/keyed/credentials')).body.items.length, 0);
    assert.equal((await admin.post('/devices/nobody/credentials', {})).status, 404);
    assert.equal((await admin.get('/devices/nobody/credentials')).status, 404);
    assert.equal((await admin.send('DELETE', '/devices/keyed/credentials/no-uuid')).status, 400);
  });

  it('knows keys that expire', async () => {
    await admin.post('/devices', { device_id: 'expiring' });
    const past = await admin.post('/devices/expiring/credentials', { expires_at: '2020-01-01T00:00:00Z' });
    assert.equal(past.status, 400);
    assert.equal(past.body.errors[0]?.field, 'expires_at');
    const { body } = await admin.post('/devices/expiring/credentials', {
      expires_at: new Date(fixture.clock.nowMs() + 60_000).toISOString(),
    });
    const device = Client.withKey(fixture, body.key);
    assert.equal((await device.get('/auth/me')).status, 200);
    fixture.clock.offsetMs = 61_000;
    try {
      assert.equal((await device.get('/auth/me')).status, 401);
    } finally {
      fixture.clock.offsetMs = 0;
    }
  });

  it('binds the key of a device to its name for MQTT, and that of a gateway to none', async () => {
    await admin.post('/devices', { device_id: 'mqtt-1' });
    const { key } = (await admin.post('/devices/mqtt-1/credentials', {})).body;
    const gateway = (await admin.post('/api-keys', { name: 'gw', kind: 'gateway', auto_register: true })).body;
    assert.equal((await fixture.credentials.byKey('mqtt-1', key))?.kind, 'device');
    assert.equal(await fixture.credentials.byKey('mqtt-2', key), undefined);
    const principal = await fixture.credentials.byKey('anything', gateway.key);
    assert.ok(principal?.kind === 'gateway' && principal.autoRegister);
    assert.equal((await fixture.credentials.byCertificate('mqtt-1'))?.deviceId, 'mqtt-1');
    assert.equal(await fixture.credentials.byCertificate('unknown'), undefined);
    for (const key of ['', 'x', 'insa_device_', `insa_device_${'a'.repeat(43)}`, `insa_${'x'.repeat(5_000)}`])
      assert.equal(await fixture.credentials.principalOfKey(key), undefined);
  });

  it('issues keys for gateways and programs, at most with what their maker may', async () => {
    await fixture.addUser('eng', 'engineer');
    const engineer = await Client.login(fixture, 'eng');
    const program = await engineer.post('/api-keys', { name: 'erp', kind: 'program', permissions: ['devices:read', 'telemetry:read'] });
    assert.equal(program.status, 201);
    const erp = Client.withKey(fixture, program.body.key);
    assert.equal((await erp.get('/devices')).status, 200);
    const refused = await erp.post('/devices', {});
    assert.equal(refused.status, 403);
    assert.equal(refused.body.permission, 'devices:write');

    assert.equal(
      (await engineer.post('/api-keys', { name: 'x', kind: 'program', permissions: ['users:write'] })).status,
      403,
      'no more than he may himself',
    );
    const unknown = await engineer.post('/api-keys', { name: 'x', kind: 'program', permissions: ['devices:read', 'everything'] });
    assert.equal(unknown.status, 400);
    assert.equal(unknown.body.errors[0]?.field, 'permissions.1');
    assert.equal(
      (await engineer.post('/api-keys', { name: 'x', kind: 'gateway', permissions: ['devices:read'] })).body.errors[0]?.field,
      'permissions',
    );
    assert.equal(
      (await engineer.post('/api-keys', { name: 'x', kind: 'program', auto_register: true })).body.errors[0]?.field,
      'auto_register',
    );
    assert.equal((await engineer.post('/api-keys', { name: 'x', kind: 'device' })).body.errors[0]?.field, 'kind');

    const keys = (await engineer.get('/api-keys')).body.items as { id: string; name: string; kind: string; permissions: string[] }[];
    assert.deepEqual(keys.find(({ name }) => name === 'erp')?.permissions, ['devices:read', 'telemetry:read']);
    assert.ok(keys.every(({ kind }) => kind !== 'device'));
    assert.equal((await engineer.send('DELETE', `/api-keys/${program.body.id}`)).status, 204);
    assert.equal((await erp.get('/devices')).status, 401);
  });

  it('writes down when a key was last used', async () => {
    const { body } = await admin.post('/api-keys', { name: 'used', kind: 'program', permissions: ['devices:read'] });
    await Client.withKey(fixture, body.key).get('/devices');
    await fixture.credentials.flush();
    const keys = (await admin.get('/api-keys')).body.items as { name: string; last_used_at: string | null }[];
    assert.match(keys.find(({ name }) => name === 'used')?.last_used_at ?? '', /^\d{4}-/);
  });

  it('removes a device with its keys, quantities and telemetry, and tells those who hold connections', async () => {
    await admin.post('/devices', { device_id: 'doomed' });
    const issued = (await admin.post('/devices/doomed/credentials', {})).body;
    const device = Client.withKey(fixture, issued.key);
    assert.equal((await device.post('/telemetry', { temperature: 20, state: 'on' })).body.stored, 2);
    const [series] = await fixture.sql(`select array_agg(series_id) as ids from series where device_id = 'doomed'`);
    const heard: string[] = [];
    const offs = [
      fixture.events.on('device.changed', ({ deviceId, change }) => heard.push(`${deviceId} ${change}`)),
      fixture.events.on('credential.revoked', ({ credentialId }) => heard.push(credentialId)),
    ];
    assert.equal((await admin.send('DELETE', '/devices/doomed')).status, 204);
    offs.forEach((end) => end());
    assert.deepEqual(heard, ['doomed removed', issued.id]);
    assert.equal((await device.post('/telemetry', { temperature: 20 })).status, 401);
    await eventually(async () => {
      const [left] = await fixture.sql(
        `select (select count(*) from telemetry where series_id = any($1)) + (select count(*) from telemetry_text where series_id = any($1)) as n`,
        [series?.['ids']],
      );
      return Number(left?.['n']) === 0;
    }, 'its telemetry to be purged');
    assert.equal((await admin.post('/devices', { device_id: 'doomed' })).status, 201, 'the id is free again');
    assert.deepEqual((await admin.get('/devices/doomed/series')).body.items, []);
  });

  it('shows status and quantities', async () => {
    await admin.post('/devices', { device_id: 'seen' });
    const told: string[] = [];
    const offStatus = fixture.events.on('device.status', ({ update }) => told.push(`${update.device_id} ${update.status}`));
    const atMs = fixture.clock.nowMs();
    await fixture.presence.setStatus('default', 'seen', 'online', atMs);
    await fixture.presence.setStatus('default', 'seen', 'offline', atMs - 1_000);
    offStatus();
    assert.deepEqual(told, ['seen online'], 'an older status changes nothing');
    await assert.rejects(fixture.presence.setStatus('default', 'unseen', 'online', atMs), /no device "unseen"/);
    const key = (await admin.post('/devices/seen/credentials', {})).body.key;
    await Client.withKey(fixture, key).post('/telemetry', { data: { a: { value: 1, unit: 'bar' }, b: true, c: 'text' } });
    await fixture.presence.flush();
    const status = (await admin.get('/devices/seen/status')).body;
    assert.equal(status.status, 'online');
    assert.equal(status.status_at, new Date(atMs).toISOString());
    assert.match(status.last_seen_at ?? '', /^\d{4}-/);
    const items = await eventually(async () => {
      const page = (await admin.get('/devices/seen/series?limit=2')).body;
      return page.items[0]?.last_at === null ? undefined : page;
    }, 'the newest values to be written');
    assert.deepEqual(
      items.items.map(({ key: name, kind, unit }: { key: string; kind: string; unit: string | null }) => [name, kind, unit]),
      [
        ['a', 'number', 'bar'],
        ['b', 'boolean', null],
      ],
    );
    const rest = (await admin.get(`/devices/seen/series?limit=2&cursor=${String(items.next_cursor)}`)).body;
    assert.deepEqual([rest.items.length, rest.items[0]?.key, rest.next_cursor], [1, 'c', null]);
    assert.equal((await admin.get('/devices/nobody/series')).status, 404);
  });

  it('keeps tenants apart', async () => {
    await fixture.sql(`insert into tenants (tenant_id, name) values ('other', 'Other')`);
    await fixture.addUser('stranger', 'admin', { tenantId: 'other' });
    const stranger = await Client.login(fixture, 'stranger');
    await admin.post('/devices', { device_id: 'ours', name: 'ours' });
    const { body: key } = await admin.post('/devices/ours/credentials', {});
    assert.equal((await stranger.get('/devices')).body.items.length, 0);
    for (const [method, path, body] of [
      ['GET', '/devices/ours', undefined],
      ['PATCH', '/devices/ours', { name: 'x' }],
      ['DELETE', '/devices/ours', undefined],
      ['GET', '/devices/ours/series', undefined],
      ['POST', '/devices/ours/credentials', {}],
      ['DELETE', `/devices/ours/credentials/${key.id}`, undefined],
      ['GET', '/telemetry/ours', undefined],
    ] as const) {
      assert.equal((await stranger.send(method, path, body)).status, 404, `${method} ${path}`);
    }
    assert.equal((await stranger.post('/devices', { device_id: 'ours' })).status, 409, 'ids are unique in the installation');
    assert.equal((await stranger.get('/api-keys')).body.items.length, 0);
    assert.equal((await admin.get('/devices/ours')).body.name, 'ours');
  });

  it('registers a device once, however often a gateway names it at the same time', async () => {
    await Promise.all(Array.from({ length: 5 }, () => fixture.devices.registerFromGateway('default', 'fresh')));
    assert.equal((await admin.get('/devices/fresh')).body.origin, 'gateway');
    assert.equal(await fixture.devices.register('other', 'fresh', 'gateway'), undefined);
  });
});
