import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { WebSocket } from 'ws';
import { EditorGate } from '../../src/app/editor-gate.ts';
import { EDITOR_HEADER, EditorTokens } from '../../src/app/editor-tokens.ts';
import type { SessionChecker } from '../../src/auth/types.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { Client, eventually, PASSWORD, startApi } from '../api/support.ts';
import type { ApiFixture } from '../api/support.ts';
import { outcome } from '../support/editor.ts';
import { editorRoutes } from '../support/editor-routes.ts';
import type { EditorRoute } from '../support/editor-routes.ts';

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

describe('every route of the editor', () => {
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
    gate = new EditorGate({
      sessions,
      tokens,
      audit,
      logger: silentLogger,
      tenantId: 'default',
      addressOf: ({ socket }) => socket.remoteAddress ?? '',
      sweepMs: 20,
    });
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
    assert.deepEqual(tokens.userOf(token), {
      username: 'ana',
      permissions: '*',
      role: 'engineer',
      administers: false,
      address: '10.0.0.7',
    });
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
    gate = new EditorGate({
      sessions,
      tokens,
      audit,
      logger: silentLogger,
      tenantId: 'default',
      addressOf: ({ socket }) => socket.remoteAddress ?? '',
      sweepMs: 20,
    });
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
