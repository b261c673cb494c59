import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { WebSocket } from 'ws';
import { EditorGate } from '../../src/app/editor-gate.ts';
import { EDITOR_HEADER, EditorTokens } from '../../src/app/editor-tokens.ts';
import type { SessionChecker } from '../../src/auth/types.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { Client, eventually, PASSWORD, startApi } from '../api/support.ts';
import type { ApiFixture } from '../api/support.ts';
import { editorRoutes } from '../support/editor-routes.ts';
import type { EditorRoute } from '../support/editor-routes.ts';
import type { FlowNode } from '../support/editor.ts';
import { ApiClient, eventually as eventuallyOf, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

/** Routes of our own nodes, which need the platform's services, and what is below the mounts of files. */
const MORE_ROUTES: EditorRoute[] = [
  { method: 'POST', path: '/insa/demo/remove' },
  { method: 'GET', path: '/insa/devices' },
  { method: 'GET', path: '/insa/keys' },
  { method: 'GET', path: '/red/red.min.js' },
  { method: 'GET', path: '/vendor/vendor.js' },
  { method: 'GET', path: '/favicon.ico' },
  { method: 'GET', path: '/comms' },
  { method: 'POST', path: '/auth/login' },
  { method: 'OPTIONS', path: '/flows' },
  { method: 'HEAD', path: '/flows' },
];

/** Sends a path as it is written; answers the status and where it leads. */
function ask(
  base: string,
  { method, path }: EditorRoute,
  headers: Record<string, string> = {},
): Promise<{ status: number; location: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(base, { method, path: `/editor${path}`, headers, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '' });
    });
    request.once('error', reject);
    request.end();
  });
}

/** `open`, or the status with which an upgrade was refused. */
function outcome(socket: WebSocket): Promise<number | 'open'> {
  return new Promise((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.once('error', () => resolve(0));
  });
}

describe('every route of the editor', function () {
  this.timeout(60_000);
  let fixture: ApiFixture;
  let routes: EditorRoute[];
  const reached: (string | undefined)[] = [];

  before(async () => {
    routes = [...(await editorRoutes()), ...MORE_ROUTES];
    fixture = await startApi();
    const record = (request: IncomingMessage, response: http.ServerResponse) => {
      reached.push(request.url);
      response.end();
    };
    const upgrade = (request: IncomingMessage, socket: NodeJS.WritableStream) => {
      reached.push(request.url);
      socket.end();
    };
    fixture.server.setNodeRed({ admin: record, nodes: record, upgrade });
    for (const role of ['admin', 'engineer', 'operator', 'viewer'] as const) await fixture.addUser(`as-${role}`, role);
  });
  after(() => fixture.stop());
  beforeEach(() => reached.splice(0));

  it('is known: the flows, the nodes and the projects are among them', () => {
    const known = new Set(routes.map(({ method, path }) => `${method} ${path}`));
    for (const route of ['POST /flows', 'PUT /flow/x', 'POST /nodes', 'POST /projects/', 'POST /inject/x', 'GET /diagnostics'])
      assert.ok(known.has(route), route);
    assert.ok(known.size > 80, String(known.size));
  });

  for (const [name, headers] of [
    ['nothing', {}],
    ['a forged cookie', { cookie: 'insa_session=forged' }],
    ['a forged internal header', { [EDITOR_HEADER]: 'forged', 'X-Insa-Editor': 'forged' }],
    ['a bearer token of its own', { authorization: 'Bearer forged' }],
    ['an API key', { 'x-api-key': 'insa_program_x' }],
  ] as const) {
    it(`is refused, or leads to the login, to who shows ${name}`, async () => {
      for (const route of routes) {
        const { status, location } = await ask(fixture.url, route, headers);
        if (route.path === '/' && route.method === 'GET') assert.deepEqual([status, location], [302, '/login?next=/editor/']);
        else assert.equal(status, 401, `${route.method} ${route.path}`);
      }
      assert.deepEqual(reached, []);
    });
  }

  it('is refused to the token of a login that is not in the cookie, and to a program that may deploy flows', async () => {
    const engineer = await Client.login(fixture, 'as-engineer');
    const { key } = await fixture.credentials.issue({ tenantId: 'default', kind: 'program', name: 'p', permissions: ['flows:write'] });
    for (const headers of [engineer.headers, { 'x-api-key': key }]) {
      assert.equal((await ask(fixture.url, { method: 'POST', path: '/flows' }, headers)).status, 401);
    }
    assert.deepEqual(reached, []);
  });

  for (const role of ['operator', 'viewer'] as const) {
    it(`is refused to ${role}s with 403, and that is written down, deployments by their own name`, async () => {
      const { cookie } = await Client.login(fixture, `as-${role}`);
      for (const route of routes) {
        assert.equal((await ask(fixture.url, route, { cookie })).status, 403, `${route.method} ${route.path}`);
      }
      assert.deepEqual(reached, []);
      const rows = await fixture.sql(`select action, target from audit_log where actor = $1 and outcome = 'refused'`, [`as-${role}`]);
      assert.ok(rows.some(({ action, target }) => action === 'flows.deploy' && target === 'POST /editor/flows'));
      assert.ok(rows.some(({ action, target }) => action === 'editor.enter' && target === 'GET /editor/'));
    });
  }

  for (const role of ['engineer', 'admin'] as const) {
    it(`is open to ${role}s, from our own pages only`, async () => {
      const { cookie } = await Client.login(fixture, `as-${role}`);
      for (const route of routes) {
        assert.equal((await ask(fixture.url, route, { cookie, origin: fixture.url })).status, 200, `${route.method} ${route.path}`);
        assert.equal((await ask(fixture.url, route, { cookie, origin: 'https://evil.example' })).status, 403);
      }
      assert.equal(reached.length, routes.length);
    });
  }

  it('opens no WebSocket without a login that may enter', async () => {
    const { cookie } = await Client.login(fixture, 'as-operator');
    const engineer = await Client.login(fixture, 'as-engineer');
    const open = (path: string, headers: Record<string, string>) =>
      new WebSocket(`${fixture.url.replace('http', 'ws')}${path}`, { headers });
    for (const path of ['/editor/comms', '/editor/', '/editor', '/editor/flows', '/editor/comms/x', '/editor/COMMS', '/editor?x']) {
      assert.equal(await outcome(open(path, {})), 401, path);
      assert.equal(await outcome(open(path, { [EDITOR_HEADER]: 'forged', authorization: 'Bearer x' })), 401, path);
      assert.equal(await outcome(open(path, { cookie })), 403, path);
      assert.equal(await outcome(open(path, { cookie: engineer.cookie, origin: 'https://evil.example' })), 403, path);
    }
    assert.deepEqual(reached, []);
  });
});

describe('connections to the editor', () => {
  let fixture: ApiFixture;
  let gate: EditorGate;
  let tokens: EditorTokens;

  before(async () => {
    fixture = await startApi();
  });
  after(() => fixture.stop());
  beforeEach(() => {
    const { sessions } = fixture;
    tokens = new EditorTokens();
    const audit = { record: () => Promise.resolve() };
    gate = new EditorGate({ sessions, tokens, audit, logger: silentLogger, tenantId: 'default', sweepMs: 20 });
    gate.start();
  });
  afterEach(() => gate.stop());

  const requestOf = (cookie: string) =>
    ({ headers: { cookie }, socket: { remoteAddress: '10.0.0.7' }, method: 'GET', url: '/editor/comms' }) as unknown as IncomingMessage;

  async function connect(username: string) {
    await fixture.addUser(username, 'engineer');
    const client = await Client.login(fixture, username);
    const request = requestOf(client.cookie);
    const session = await gate.admit(request);
    const socket = new PassThrough();
    gate.track(request, session, socket);
    return { client, request, socket, token: String(request.headers[EDITOR_HEADER]) };
  }

  it('tell Node-RED who it is and from where', async () => {
    const { token } = await connect('ana');
    assert.deepEqual(tokens.userOf(token), { username: 'ana', permissions: '*', role: 'engineer', address: '10.0.0.7' });
    assert.equal(tokens.userOf('forged'), null);
  });

  it('end at once with the login, and its next request is refused', async () => {
    const { client, socket, token } = await connect('out');
    const closed = once(socket, 'close');
    await client.post('/auth/logout');
    await closed;
    assert.equal(tokens.resolve(token), undefined);
    await assert.rejects(gate.admit(requestOf(client.cookie)), { code: 'UNAUTHENTICATED' });
  });

  it('end at once when the password changes', async () => {
    const { client, socket } = await connect('pass');
    const closed = once(socket, 'close');
    await client.send('PUT', '/auth/password', { current_password: PASSWORD, new_password: 'one more password for tests' });
    await closed;
    await assert.rejects(gate.admit(requestOf(client.cookie)), { code: 'UNAUTHENTICATED' });
  });

  it('end although the account was disabled in the database alone', async () => {
    const { client, socket } = await connect('gone');
    const closed = once(socket, 'close');
    await fixture.sql(`update users set disabled_at = now() where username = 'gone'`);
    fixture.clock.offsetMs += 31_000;
    await closed;
    await assert.rejects(gate.admit(requestOf(client.cookie)), { code: 'UNAUTHENTICATED' });
  });

  it('end when the login is of another tenant by now', async () => {
    let tenantId = 'default';
    const sessions: SessionChecker = {
      sessionOfToken: () => Promise.resolve(undefined),
      sessionOfCookie: async (cookie) => {
        const session = await fixture.sessions.sessionOfCookie(cookie);
        return session === undefined ? undefined : { ...session, principal: { ...session.principal, tenantId } };
      },
      onLoginEnded: () => () => undefined,
    };
    gate.stop();
    const audit = { record: () => Promise.resolve() };
    gate = new EditorGate({ sessions, tokens, audit, logger: silentLogger, tenantId: 'default', sweepMs: 20 });
    gate.start();
    const { client, socket } = await connect('moved');
    const closed = once(socket, 'close');
    tenantId = 'acme';
    await closed;
    await assert.rejects(gate.admit(requestOf(client.cookie)), { code: 'FORBIDDEN' });
  });

  it('leave no token behind when a login runs out or ends elsewhere', async () => {
    await fixture.addUser('leak', 'engineer');
    for (let n = 0; n < 5; n += 1) await gate.admit(requestOf((await Client.login(fixture, 'leak')).cookie));
    const open = await connect('stays');
    await eventually(() => Promise.resolve(tokens.size === 1), 'the unused tokens to end');
    assert.equal(tokens.resolve(open.token)?.username, 'stays', 'an open connection keeps its own');
    open.socket.destroy();
    await eventually(() => Promise.resolve(tokens.size === 0), 'the last one');
  });
});

describe('the editor of the whole program', function () {
  this.timeout(90_000);
  let platform: RunningPlatform;
  let cookie: string;

  before(async () => {
    platform = await startPlatform();
    cookie = await loginCookie(platform);
  });
  after(() => platform.dispose());

  async function loginCookie({ httpUrl, adminUsername: username, adminPassword: password }: RunningPlatform): Promise<string> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${httpUrl}/api/v1/auth/login`, { method: 'POST', headers, body: JSON.stringify({ username, password }) });
    return (response.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
  }
  const typesOf = async (base: string, header: string) => {
    const response = await fetch(`${base}/editor/nodes`, { headers: { cookie: header, accept: 'application/json' } });
    return new Set(((await response.json()) as { types: string[] }[]).flatMap(({ types }) => types));
  };
  const install = (base: string, header: string) =>
    fetch(`${base}/editor/nodes`, {
      method: 'POST',
      headers: { cookie: header, 'content-type': 'application/json' },
      body: '{}',
    });

  it('enters with the one cookie, and its connection ends with the logout', async () => {
    assert.equal((await fetch(`${platform.httpUrl}/editor/`, { headers: { cookie } })).status, 200);
    const mine = await loginCookie(platform);
    const socket = new WebSocket(`${platform.httpUrl.replace('http', 'ws')}/editor/comms`, {
      headers: { cookie: mine, origin: platform.httpUrl },
    });
    assert.equal(await outcome(socket), 'open');
    const closed = once(socket, 'close');
    const left = await fetch(`${platform.httpUrl}/api/v1/auth/logout`, { method: 'POST', headers: { cookie: mine } });
    assert.equal(left.status, 204);
    await closed;
    assert.equal((await fetch(`${platform.httpUrl}/editor/flows`, { headers: { cookie: mine } })).status, 401);
    assert.equal((await fetch(`${platform.httpUrl}/editor/flows`, { headers: { cookie } })).status, 200, 'another login goes on');
  });

  it('refuses a deployment that would stop all flows, whichever way it comes, and names the node, its tab and what to do', async () => {
    const headers = { cookie, 'content-type': 'application/json' };
    const send = async (method: string, route: string, body: unknown, more: Record<string, string> = {}) => {
      const init = { method, headers: { ...headers, ...more }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await fetch(`${platform.httpUrl}/editor${route}`, init);
      return { status: response.status, text: await response.text() };
    };
    const version2 = { 'node-red-api-version': 'v2' };
    const deployed = async () => JSON.parse((await send('GET', '/flows', undefined, version2)).text) as { flows: FlowNode[]; rev: string };
    const { flows, rev } = await deployed();
    const tab = { id: 'x-tab', type: 'tab', label: 'Line <b>7</b>', disabled: true };
    const exec = { id: 'x-exec', type: 'exec', z: 'x-tab', name: 'Run', command: 'id', x: 1, y: 1, wires: [[], [], []] };
    const all = [...flows, tab, exec];
    for (const type of ['full', 'nodes', 'flows'])
      assert.equal(
        (await send('POST', '/flows', { flows: all, rev }, { ...version2, 'node-red-deployment-type': type })).status,
        400,
        type,
      );
    const { status, text } = await send('POST', '/flows', all);
    assert.equal(status, 400);
    assert.match(
      text,
      /^Nothing was deployed.*"Run" \(x-exec\) on "Line &lt;b&gt;7&lt;\/b&gt;" is of the type "exec", which runs commands/,
    );
    assert.match(text, /EDITOR_MACHINE_NODES=true, or remove the node/);
    assert.equal((await send('POST', '/Flows/', all)).status, 400);
    assert.equal((await send('POST', '/flow', { label: 'One', nodes: [{ ...exec, type: 'left-pad' }] })).status, 400);
    const [first] = flows.filter(({ type }) => type === 'tab');
    assert.equal((await send('PUT', `/flow/${first?.id ?? ''}`, { label: 'One', nodes: [], configs: [exec] })).status, 400);
    assert.equal((await send('PUT', '/flow/global', { configs: [], subflows: [{ id: 's', type: 'subflow', nodes: [exec] }] })).status, 400);
    const form = await fetch(`${platform.httpUrl}/editor/flows`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: '[0][id]=x&[0][type]=exec',
    });
    assert.equal(form.status, 415);
    const file = path.join(platform.dataDir, 'node-red', 'flows.json');
    const filed = readFileSync(file, 'utf8');
    writeFileSync(file, JSON.stringify(all));
    assert.equal((await send('POST', '/flows', undefined, { 'node-red-deployment-type': 'reload' })).status, 400);
    writeFileSync(file, filed);
    assert.equal((await send('POST', '/flows', undefined, { 'node-red-deployment-type': 'reload' })).status, 204);
    assert.equal((await deployed()).rev, rev);
    assert.equal((await fetch(`${platform.httpUrl}/health/ready`)).status, 200);
    const api = await ApiClient.login(platform);
    const lines = await eventuallyOf(async () => {
      const items = (await api.call('GET', '/audit/logs?action=flows.deploy')).body['items'] as Record<string, unknown>[];
      return items.find(({ outcome }) => outcome === 'refused');
    }, 'the refusal in the audit log');
    assert.equal(lines['actor'], 'admin');
    assert.match(JSON.stringify(lines['details']), /of the type/);
    assert.equal((await send('POST', '/flows', { flows: [...flows, tab], rev }, version2)).status, 200, 'what is whole is taken');
  });

  it('installs no modules and has no nodes that reach the machine, unless they are allowed', async () => {
    assert.equal((await install(platform.httpUrl, cookie)).status, 404);
    const closed = await typesOf(platform.httpUrl, cookie);
    const machine = ['exec', 'file', 'file in', 'watch'];
    for (const type of machine) assert.ok(!closed.has(type), type);
    const api = await ApiClient.login(platform);
    const exec = [
      { id: 't', type: 'tab', label: 'T' },
      { id: 'e', type: 'exec', z: 't', command: 'id', x: 1, y: 1, wires: [[], [], []] },
    ];
    const refused = await api.call('POST', '/flows/import', { flows: exec, mode: 'merge' });
    assert.equal(refused.status, 400);
    assert.match(
      String(refused.body['detail']),
      /"exec", which runs commands or touches files of this machine; an administrator can allow it with EDITOR_MACHINE_NODES=true/,
    );
    const open = await startPlatform({ env: { EDITOR_MACHINE_NODES: 'true' } });
    try {
      const header = await loginCookie(open);
      const types = await typesOf(open.httpUrl, header);
      for (const type of machine) assert.ok(types.has(type), type);
      const answer = await install(open.httpUrl, header);
      assert.equal(answer.status, 400, 'the route is there and asks which module');
    } finally {
      await open.dispose();
    }
  });
});
