import assert from 'node:assert/strict';
import http from 'node:http';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { FlowNode } from '../../src/flows/flow-node.ts';
import { OpenEndpoints } from '../../src/flows/open-endpoints.ts';
import { VersionHistory } from '../../src/flows/version-history.ts';
import type { Database } from '../../src/storage/database.ts';
import { call, Client, eventually, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const tab: FlowNode = { id: 't', type: 'tab', label: 'Plant' };
const press: FlowNode = { id: 'p', type: 'inject', z: 't', name: 'Press', x: 1, y: 1, wires: [] };

describe('flows and their versions', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    await fixture.sql(`insert into tenants (tenant_id, name) values ('other', 'Other')`);
  });
  after(() => fixture.stop());

  const send = (body: object) => admin.post('/flows/import', { mode: 'merge', ...body });
  const audits = (outcome: string) =>
    fixture.sql(`select actor, address, details from audit_log where action = 'flows.deploy' and outcome = $1 order by audit_id`, [
      outcome,
    ]);
  const list = async (query = '') => (await admin.get(`/flows/versions${query}`)).body;
  const versionOf = (answer: Answer) => (answer.body as unknown as { version: string }).version;

  it('are deployed, listed and audited with author, address and what changed', async () => {
    const done = await send({ flows: [tab, press], note: 'first' });
    assert.equal(done.status, 200, done.text);
    // Written down by what saw the deployment, after it was answered.
    const [row, ...others] = await eventually(async () => {
      const rows = await audits('ok');
      return rows.length > 0 && rows;
    }, 'the audit line');
    assert.deepEqual(others, []);
    assert.deepEqual([row?.['actor'], row?.['address']], ['admin', '127.0.0.1']);
    assert.deepEqual(row?.['details'], {
      summary: '+2: Plant, Press on Plant',
      origin: 'api',
      note: 'first',
      added: [
        { name: 'Plant', type: 'tab', tab: null },
        { name: 'Press', type: 'inject', tab: 'Plant' },
      ],
      tabs: [{ tab: 'Plant', added: 2, removed: 0, changed: 0, moved: 0 }],
    });
    const program = await fixture.credentials.issue({
      tenantId: 'default',
      kind: 'program',
      name: 'ci',
      permissions: ['flows:read', 'flows:write'],
    });
    const byKey = await Client.withKey(fixture, program.key).post('/flows/import', { mode: 'merge', flows: [{ ...press, name: 'Push' }] });
    assert.equal(byKey.status, 200, byKey.text);
    const { items } = await list();
    assert.deepEqual(
      (items as unknown as { author: string; number: number }[]).map(({ author, number }) => [number, author]),
      [
        [2, 'program:ci'],
        [1, 'admin'],
      ],
    );
    const page = await list('?limit=1');
    assert.equal(page.items.length, 1);
    const next = await list(`?limit=1&cursor=${String(page.next_cursor)}`);
    assert.deepEqual([(next.items as unknown as { number: number }[])[0]?.number, next.next_cursor], [1, null]);
  });

  it('are not touched by what is refused, and the refusal is audited with its reason', async () => {
    const before = JSON.stringify(fixture.flowRuntime.nodes);
    const stale = await send({ flows: [], mode: 'replace', expected_version: 'something else' });
    assert.deepEqual([stale.status, stale.body.code], [409, 'CONFLICT']);
    const broken = await send({ flows: [{ ...press, type: 'left-pad', wires: [['gone']] }] });
    assert.equal(broken.status, 400);
    assert.deepEqual(
      broken.body.errors.map(({ field }) => field),
      ['flows.0.type', 'flows.0.wires.0'],
    );
    fixture.flowRuntime.meanwhile = () => {
      fixture.flowRuntime.nodes = [...fixture.flowRuntime.nodes, { id: 'x', type: 'tab' }];
    };
    const race = await send({ flows: [{ ...press, name: 'Race' }] });
    assert.equal(race.status, 409, 'somebody else deployed in between');
    fixture.flowRuntime.meanwhile = () => undefined;
    fixture.flowRuntime.nodes = JSON.parse(before) as FlowNode[];
    const rows = await audits('refused');
    assert.deepEqual(
      rows.map(({ details }) => (details as { code: string }).code),
      ['CONFLICT', 'INVALID_REQUEST', 'CONFLICT'],
    );
    assert.equal((await send({ flows: [{ ...press, type: 'left-pad' }], dry_run: true })).status, 200);
    assert.equal((await audits('refused')).length, 3, 'looking is no attempt');
  });

  it('refuse what is no flow by field', async () => {
    const cases: [unknown, RegExp][] = [
      [{ mode: 'merge' }, /^flows$/],
      [{ flows: {}, mode: 'merge' }, /^flows$/],
      [{ flows: [], mode: 'both' }, /^mode$/],
      [{ flows: [], mode: 'merge', force: true }, /^force$/],
      [{ flows: ['x'], mode: 'merge' }, /^flows\.0$/],
      [{ flows: [{ id: 'a' }], mode: 'merge' }, /^flows\.0\.type$/],
      [{ flows: [{ id: '../x', type: 'tab' }], mode: 'merge' }, /^flows\.0\.id$/],
      [{ flows: [{ id: 'constructor', type: 'tab' }], mode: 'merge' }, /^flows\.0\.id$/],
      [{ flows: [{ id: '__proto__', type: 'tab' }], mode: 'merge' }, /^flows\.0\.id$/],
      ['{"mode":"merge","flows":[{"id":"q","type":"tab","__proto__":{"polluted":true}}]}', /^flows\.0/],
      [{ flows: [{ id: 'a', type: 'tab', label: 'a\u0000b' }], mode: 'merge' }, /^flows\.0\.label$/],
      [{ flows: [{ id: 'a', type: 'tab', credentials: { a: { b: 1 } } }], mode: 'merge' }, /^flows\.0\.credentials\.a$/],
      [`{"flows":[{"id":"a","type":"tab","deep":${'['.repeat(50)}${']'.repeat(50)}}],"mode":"merge"}`, /^flows\.0\.deep/],
    ];
    for (const [body, field] of cases) {
      const answer = await admin.send('POST', '/flows/import', body);
      assert.equal(answer.status, 400, `${JSON.stringify(body)} ${answer.text}`);
      assert.match(answer.body.errors[0]?.field ?? '', field);
    }
    const large = await send({ flows: [{ ...press, func: 'x'.repeat(1_100_000) }] });
    assert.equal(large.status, 413);
  });

  it('belong to their tenant: others find none', async () => {
    await fixture.addUser('elsewhere', 'admin', { tenantId: 'other' });
    const other = await Client.login(fixture, 'elsewhere');
    const [{ id } = { id: '' }] = (await list()).items;
    const asked: [string, string, unknown?][] = [
      ['GET', '/flows'],
      ['GET', '/flows/export'],
      ['GET', '/flows/versions'],
      ['GET', `/flows/versions/${id}`],
      ['POST', `/flows/versions/${id}/rollback`, {}],
      ['POST', '/flows/import', { flows: [], mode: 'replace' }],
      ['GET', '/flows/open-endpoints'],
      ['PUT', '/flows/open-endpoints', { endpoints: [] }],
    ];
    for (const [method, path, body] of asked) assert.equal((await other.send(method, path, body)).status, 404, `${method} ${path}`);
    assert.equal((await admin.get(`/flows/versions/${newUuid()}`)).status, 404);
  });

  it('go back although something else is wrong with them, but not to node types that are gone', async () => {
    await send({ flows: [tab, { ...press, id: 'b', type: 'debug' }], mode: 'replace' });
    const [{ id } = { id: '' }] = (await list()).items;
    await send({ flows: [tab], mode: 'replace' });
    fixture.flowRuntime.types.delete('debug');
    const refused = await admin.post(`/flows/versions/${id}/rollback`, {});
    assert.equal(refused.status, 400);
    assert.match(refused.body.detail, /of the type "debug"/);
    fixture.flowRuntime.types.add('debug');
    const dry = await admin.post(`/flows/versions/${id}/rollback`, { dry_run: true });
    assert.equal((dry.body as unknown as { deployed: boolean }).deployed, false);
    const done = await admin.post(`/flows/versions/${id}/rollback`);
    assert.equal(done.status, 200, done.text);
    assert.equal(versionOf(done), versionOf(await admin.get('/flows')));
  });

  it('are bounded: the newest 200 versions are kept', async () => {
    for (let n = 0; n < 201; n += 1) await send({ flows: [{ ...tab, label: `Plant ${String(n)}` }] });
    const [row] = await fixture.sql('select count(*)::int as n, min(number) as oldest, max(number) as newest from flow_versions');
    assert.deepEqual([row?.['n'], Number(row?.['newest']) - Number(row?.['oldest'])], [200, 199]);
    const oldest = (await fixture.sql('select id from flow_versions order by number limit 1'))[0]?.['id'];
    const { body } = await admin.get(`/flows/versions/${String(oldest)}`);
    assert.equal((body as unknown as { difference: unknown }).difference, null, 'what it is compared with is gone');
  });
});

describe('the history of flows', () => {
  let fixture: ApiFixture;
  let away: boolean;

  before(async () => {
    fixture = await startApi();
  });
  after(() => fixture.stop());
  beforeEach(async () => {
    away = false;
    await fixture.sql('delete from flow_versions');
  });

  function history(): VersionHistory {
    const { db } = fixture.database;
    const database: Database = {
      ...db,
      system: db.system,
      transaction: (work) => (away ? Promise.reject(Object.assign(new Error('gone'), { code: '57P01' })) : db.transaction(work)),
      asTenant: (tenantId, work) => db.asTenant(tenantId, work),
    };
    const audit = { record: () => Promise.resolve() };
    return new VersionHistory({ database, audit, clock: fixture.clock, logger: silentLogger, newId: newUuid, tenantId: 'default' });
  }
  const rows = () => fixture.sql('select number, author, origin, summary from flow_versions order by number');

  it('writes what was deployed while the database was away when it is back, each with its author', async () => {
    const versions = history();
    versions.found([tab]);
    assert.equal(await versions.written(), 1);
    away = true;
    versions.deployed({ nodes: [tab, press], author: 'ana', origin: 'editor', address: undefined });
    versions.deployed({ nodes: [press], author: 'ben', origin: 'api', address: undefined });
    assert.equal(await versions.written(), null);
    away = false;
    await versions.stop();
    assert.deepEqual((await rows()).slice(1), [
      { number: 2, author: 'ana', origin: 'editor', summary: '+1: Press on Plant' },
      { number: 3, author: 'ben', origin: 'api', summary: '-1: Plant' },
    ]);
  });

  it('finds at the next start what changed while nobody could write, and nothing when nothing did', async () => {
    const first = history();
    first.found([tab]);
    await first.stop();
    const second = history();
    second.found([tab]);
    assert.equal(await second.written(), 1);
    await second.stop();
    const third = history();
    third.found([tab, press]);
    assert.equal(await third.written(), 2);
    assert.deepEqual((await rows())[1], { number: 2, author: 'platform', origin: 'platform', summary: '+1: Press on Plant' });
    await third.stop();
  });

  it('keeps the text of functions as it was, NUL included', async () => {
    const versions = history();
    const code: FlowNode = { id: 'f', type: 'function', func: 'return "a\u0000b \ud800";', z: 't' };
    versions.found([code]);
    assert.equal(await versions.written(), 1);
    const [{ id } = {}] = await fixture.sql('select id from flow_versions');
    const { version } = await versions.get('default', String(id));
    assert.deepEqual(version.flows, [code]);
    await versions.stop();
  });
});

describe('open endpoints of flows', () => {
  let fixture: ApiFixture;
  let admin: Client;
  const seen: { url: string | undefined; headers: http.IncomingHttpHeaders }[] = [];

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    const nodes = (request: http.IncomingMessage, response: http.ServerResponse) => {
      seen.push({ url: request.url, headers: request.headers });
      response.end('flow');
    };
    fixture.server.setNodeRed({ admin: nodes, nodes, upgrade: (_request, socket) => socket.destroy() });
  });
  after(() => fixture.stop());
  beforeEach(() => seen.splice(0));

  const open = (...endpoints: [string, string][]) =>
    admin.send('PUT', '/flows/open-endpoints', { endpoints: endpoints.map(([method, path]) => ({ method, path })) });
  /** Sends a path exactly as it is written. */
  const status = (method: string, path: string, headers: Record<string, string> = {}): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const request = http.request(fixture.url, { method, path, headers, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.once('error', reject);
      request.end();
    });

  it('need a key until an administrator opens them, which counts at once and is audited', async () => {
    assert.equal(await status('POST', '/flows/hook'), 401);
    const opened = await open(['POST', '/hook'], ['GET', '/show/*']);
    assert.equal(opened.status, 200, opened.text);
    assert.equal(await status('POST', '/flows/hook?x=1'), 200);
    assert.deepEqual((await admin.get('/flows/open-endpoints')).body, opened.body);
    await open(['GET', '/show/*']);
    assert.equal(await status('POST', '/flows/hook'), 401);
    assert.equal(await status('GET', '/flows/show/7'), 200);
    const rows = await fixture.sql(`select actor, target, details from audit_log where action = 'settings.change' order by audit_id`);
    assert.deepEqual(rows.at(-1), {
      actor: 'admin',
      target: 'flows.open_endpoints',
      details: {
        before: {
          endpoints: [
            { method: 'POST', path: '/hook' },
            { method: 'GET', path: '/show/*' },
          ],
        },
        after: { endpoints: [{ method: 'GET', path: '/show/*' }] },
      },
    });
    const again = new OpenEndpoints({ database: fixture.database.db, tenantId: 'default' });
    await again.load();
    assert.ok(again.isOpen('GET', '/show/7'), 'after a restart too');
  });

  it('open nothing but what was named, in no spelling', async () => {
    await open(['POST', '/hook'], ['GET', '/show/*'], ['GET', '/a/b']);
    const closed: [string, string][] = [
      ['GET', '/flows/hook'],
      ['PUT', '/flows/hook'],
      ['HEAD', '/flows/show/7'],
      ['POST', '/flows/HOOK'],
      ['POST', '/flows/Hook'],
      ['POST', '/flows/hook/'],
      ['POST', '/flows//hook'],
      ['POST', '/flows/hook/more'],
      ['POST', '/flows/%68ook'],
      ['POST', '/flows/hook%2f..%2fsecret'],
      ['POST', '/flows/hook/../secret'],
      ['POST', '/flows/hook;x=1'],
      ['POST', '/flows/hook#x'],
      ['POST', '/flows/hook\\..\\secret'],
      ['GET', '/flows/show'],
      ['GET', '/flows/show/'],
      ['GET', '/flows/show/*'],
      ['GET', '/flows/show/..'],
      ['GET', '/flows/show/.'],
      ['GET', '/flows/show/%2e%2e'],
      ['GET', '/flows/show/7/8'],
      ['GET', '/flows/show/7/..'],
      ['GET', '/flows/show//'],
      ['GET', '/flows/show/a%2fb'],
      ['GET', '/flows/a/./b'],
      ['GET', '/flows/a//b'],
      ['GET', '/flows/a/x/../b'],
      ['GET', '/flows/secret?/show/7'],
      ['GET', '/flows/secret#/../show/7'],
      ['GET', '/flows'],
      ['GET', '/flows?x'],
      ['GET', '/editor/show/7'],
    ];
    for (const [method, path] of closed) assert.match(String(await status(method, path)), /^40[01]$/, `${method} ${path}`);
    assert.deepEqual(seen, [], 'no flow was asked');
    assert.equal(await status('GET', '/flows/a/b'), 200);
    assert.equal(await status('GET', '/flows/show/a.b_c~d-e'), 200);
  });

  it('do not open WebSockets', async () => {
    await open(['GET', '/a/b']);
    const upgrade = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    };
    assert.equal(await status('GET', '/flows/a/b', upgrade), 401);
  });

  it('show the flow no proof of ours, and leave what is its own', async () => {
    await open(['GET', '/a/b']);
    const engineer = await Client.login(fixture, 'admin');
    const { key } = await fixture.credentials.issue({ tenantId: 'default', kind: 'program', name: 'p' });
    assert.equal(
      await status('GET', '/flows/a/b', { 'x-api-key': key, cookie: `theme=dark; ${engineer.cookie}`, ...engineer.headers }),
      200,
    );
    assert.equal(await status('GET', '/flows/a/b', { authorization: 'Bearer of-the-webhook' }), 200);
    const [ours, theirs] = seen;
    assert.deepEqual([ours?.headers['x-api-key'], ours?.headers.authorization, ours?.headers.cookie], [undefined, undefined, 'theme=dark']);
    assert.equal(theirs?.headers.authorization, 'Bearer of-the-webhook');
  });

  it('are opened by paths that say exactly what they open', async () => {
    for (const path of [
      'hook',
      '/',
      '/*',
      '/a/*/b',
      '/a/../b',
      '/.a',
      '/a b',
      '/a%20b',
      '/a//b',
      '/a/',
      '/:id',
      '/a*',
      `/${'a'.repeat(200)}`,
      '/a?b',
    ]) {
      const answer = await open(['GET', path]);
      assert.equal(answer.status, 400, path);
      assert.equal(answer.body.errors[0]?.field, 'endpoints.0.path');
    }
    assert.equal((await open(['TRACE', '/a'])).status, 400);
    const operator = await fixture.addUser('eng', 'engineer').then(() => Client.login(fixture, 'eng'));
    assert.equal((await operator.get('/flows/open-endpoints')).status, 403);
    assert.equal((await call(fixture.url, 'GET', '/api/v1/flows/open-endpoints')).status, 401);
  });
});
