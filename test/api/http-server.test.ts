import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { EDITOR_HEADER, EditorTokens, HttpServer } from '../../src/app/http-server.ts';
import type { HttpServerOptions } from '../../src/app/http-server.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { isPassing } from '../../src/storage/database.ts';
import { call, Client, eventually, PASSWORD, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

type Seen = IncomingMessage & { originalUrl?: string; baseUrl?: string };

describe('the HTTP server in front of everything', () => {
  let fixture: ApiFixture;
  let webSockets: WebSocketServer;
  let engineerCookie: string;
  let operatorCookie: string;
  const seen: {
    url: string | undefined;
    originalUrl: string | undefined;
    baseUrl: string | undefined;
    headers: http.IncomingHttpHeaders;
  }[] = [];

  before(async () => {
    fixture = await startApi();
    await fixture.addUser('eng', 'engineer');
    await fixture.addUser('op', 'operator');
    engineerCookie = (await Client.login(fixture, 'eng')).cookie;
    operatorCookie = (await Client.login(fixture, 'op')).cookie;
    const record = (name: string) => (request: Seen, response: http.ServerResponse) => {
      seen.push({ url: request.url, originalUrl: request.originalUrl, baseUrl: request.baseUrl, headers: request.headers });
      response.setHeader('content-type', 'text/plain').end(name);
    };
    webSockets = new WebSocketServer({ noServer: true });
    const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      seen.push({ url: request.url, originalUrl: undefined, baseUrl: undefined, headers: request.headers });
      webSockets.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('welcome'));
    };
    assert.equal(
      (await call(fixture.url, 'GET', '/editor/', { headers: { cookie: engineerCookie } })).status,
      503,
      'flows have not started',
    );
    fixture.server.setNodeRed({ admin: record('editor'), nodes: record('flows'), upgrade });
    fixture.server.setMqtt(upgrade);
    fixture.server.realtimeServer.on('request', record('realtime'));
    fixture.server.realtimeServer.on('upgrade', upgrade);
  });
  after(async () => {
    webSockets.close();
    await fixture.stop();
  });
  beforeEach(() => seen.splice(0));

  const get = (path: string, headers: Record<string, string> = {}) => call(fixture.url, 'GET', path, { headers });
  const open = (path: string, headers: Record<string, string> = {}) => new WebSocket(fixture.url.replace('http', 'ws') + path, { headers });

  /** `open`, or the status with which the upgrade was refused. */
  async function outcome(webSocket: WebSocket): Promise<number | 'open'> {
    return new Promise((resolve) => {
      webSocket.once('open', () => resolve('open'));
      webSocket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      webSocket.once('error', () => resolve(0));
    });
  }

  it('gives each path to its part, as a mounted app expects it', async () => {
    assert.equal((await get('/editor/flows?x=1', { cookie: engineerCookie })).text, 'editor');
    assert.deepEqual([seen[0]?.url, seen[0]?.originalUrl, seen[0]?.baseUrl], ['/flows?x=1', '/editor/flows?x=1', '/editor']);
    assert.equal((await get('/flows/hello?x=1', { cookie: engineerCookie })).text, 'flows');
    assert.deepEqual([seen[1]?.url, seen[1]?.originalUrl, seen[1]?.baseUrl], ['/hello?x=1', '/flows/hello?x=1', '/flows']);
    assert.equal((await get('/socket.io/?EIO=4')).text, 'realtime');
    assert.equal(seen[2]?.url, '/socket.io/?EIO=4');
    assert.equal((await get('/health')).status, 200);
    for (const path of ['/editorial', '/flowsheet', '/editor.html', '/mqtt', '/socket.io', '/socket.io?EIO=4'])
      assert.equal((await get(path)).status, 404, path);
    assert.equal(seen.length, 3);
  });

  it('shows the editor to nobody without a login: the page leads to it, the rest is refused', async () => {
    const page = await get('/editor/');
    assert.equal(page.status, 302);
    assert.equal(page.headers.get('location'), '/login?next=/editor/');
    assert.equal((await get('/editor')).headers.get('location'), '/editor/');
    for (const path of [
      '/editor/flows',
      '/editor/settings',
      '/editor/nodes',
      '/editor/red/red.min.js',
      '/editor/comms',
      '/editor//',
      '/editor/?x',
    ]) {
      const answer = await get(path, { cookie: 'insa_session=forged' });
      assert.ok(answer.status === 401 || answer.headers.get('location') === '/login?next=/editor/', path);
    }
    assert.equal((await call(fixture.url, 'POST', '/editor/', {})).status, 401);
    assert.equal(seen.length, 0);
    const rows = await fixture.sql(`select 1 from audit_log where action = 'editor.enter' and outcome = 'refused'`);
    assert.ok(rows.length > 3);
  });

  it('lets no spelling of a path past the login', async () => {
    const statusOf = (path: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const request = http.get(fixture.url, { path, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.once('error', reject);
      });
    const paths = ['/editor%2fflows', '/%65ditor/flows', '//editor/flows', '/EDITOR/flows', '/./editor/flows', '/x/../editor/flows'];
    paths.push('/editor/..%2fflows/x', '/editor/../flows/x', '/editor\\flows', '/flows/../editor/flows', `${fixture.url}/editor/flows`);
    for (const path of paths) assert.match(String(await statusOf(path)), /^40[014]$/, path);
    assert.equal(seen.length, 0, 'Node-RED was asked nothing');
    const refused = await fixture.database.db.system.query(`select 1 from audit_log where action = 'flows.call' and outcome = 'refused'`);
    assert.equal(refused.rowCount, 1);
  });

  it('keeps operators, and whoever must change the password, out of the editor', async () => {
    assert.equal((await get('/editor/', { cookie: operatorCookie })).status, 403);
    assert.equal((await get('/editor/flows', { cookie: operatorCookie })).status, 403);
    assert.equal(await outcome(open('/editor/comms', { cookie: operatorCookie, origin: fixture.url })), 403);
    await fixture.addUser('new', 'admin', { mustChangePassword: true });
    const { cookie } = await Client.login(fixture, 'new');
    assert.equal((await get('/editor/', { cookie })).headers.get('location'), '/login?next=/editor/');
    assert.equal((await get('/editor/flows', { cookie })).status, 403);
    assert.equal(seen.length, 0);
    const rows = await fixture.sql(`select target from audit_log where actor = 'new' and action = 'editor.enter' and outcome = 'refused'`);
    assert.deepEqual(rows.map(({ target }) => target).sort(), ['GET /editor/', 'GET /editor/flows']);
  });

  it('opens editor, flows and demo plant to its own tenant alone, and writes refusals down in the log of the other', async () => {
    await fixture.sql(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
    await fixture.addUser('acme-admin', 'admin', { tenantId: 'acme' });
    const client = await Client.login(fixture, 'acme-admin');
    const { cookie } = client;
    assert.equal((await get('/editor/flows', { cookie })).status, 403);
    assert.equal((await call(fixture.url, 'POST', '/editor/flows', { headers: { cookie }, body: {} })).status, 403);
    assert.equal(await outcome(open('/editor/comms', { cookie, origin: fixture.url })), 403);
    const { key } = await fixture.credentials.issue({ tenantId: 'acme', kind: 'gateway', name: 'acme-gateway' });
    assert.equal((await get('/flows/hello', { cookie })).status, 404);
    assert.equal((await get('/flows/hello', { 'x-api-key': key })).status, 404);
    assert.equal(await outcome(open('/flows/ws', { 'x-api-key': key })), 404);
    assert.equal((await client.send('DELETE', '/demo')).status, 404);
    assert.equal(fixture.demo.installed, true);
    assert.equal(seen.length, 0, 'Node-RED was asked nothing');
    const rows = await fixture.sql(`select distinct tenant_id, actor, action from audit_log where actor ~ 'acme' and outcome = 'refused'`);
    assert.deepEqual(rows.map(({ tenant_id: tenant, actor, action }) => `${String(tenant)} ${String(actor)} ${String(action)}`).sort(), [
      'acme acme-admin editor.enter',
      'acme acme-admin flows.call',
      'acme acme-admin flows.deploy',
      'acme gateway:acme-gateway flows.call',
    ]);
  });

  it('takes no requests of other sites, cookie or not', async () => {
    const headers = { cookie: engineerCookie, origin: 'https://evil.example' };
    assert.equal((await get('/editor/flows', headers)).status, 403);
    assert.equal(await outcome(open('/editor/comms', headers)), 403);
    assert.equal(await outcome(open('/editor/comms', { cookie: engineerCookie, origin: 'null' })), 403);
    assert.equal((await get('/editor/flows', { cookie: engineerCookie, origin: fixture.url })).status, 200);
  });

  it('tells Node-RED who it is by a header that no client can send', async () => {
    await get('/editor/flows', { cookie: engineerCookie, [EDITOR_HEADER]: 'forged', authorization: 'Bearer stolen' });
    const token = String(seen[0]?.headers[EDITOR_HEADER]);
    assert.notEqual(token, 'forged');
    assert.equal(seen[0]?.headers.authorization, undefined);
    assert.equal(fixture.editorTokens.resolve(token)?.username, 'eng');
    assert.equal(fixture.editorTokens.resolve('forged'), undefined);
    await get('/flows/x', { cookie: engineerCookie, [EDITOR_HEADER]: token });
    assert.equal(seen[1]?.headers[EDITOR_HEADER], undefined);
    await get('/socket.io/', { [EDITOR_HEADER]: token });
    assert.equal(seen[2]?.headers[EDITOR_HEADER], undefined);
  });

  it('opens the sockets of the editor with a login only, and ends them with it', async () => {
    assert.equal(await outcome(open('/editor/comms')), 401);
    assert.equal(await outcome(open('/editor/comms', { cookie: 'insa_session=x' })), 401);
    assert.equal(seen.length, 0);
    const first = await Client.login(fixture, 'eng');
    const second = await Client.login(fixture, 'eng');
    const mine = open('/editor/comms', { cookie: first.cookie, origin: fixture.url });
    assert.equal(await outcome(mine), 'open');
    const other = open('/editor/comms', { cookie: second.cookie, origin: fixture.url });
    assert.equal(await outcome(other), 'open');
    const token = String(seen[0]?.headers[EDITOR_HEADER]);
    const closed = once(mine, 'close');
    assert.equal((await first.post('/auth/logout')).status, 204);
    await closed;
    assert.equal(other.readyState, WebSocket.OPEN, 'another login goes on');
    assert.equal(await outcome(open('/editor/comms', { cookie: first.cookie })), 401);
    assert.equal(fixture.editorTokens.resolve(token), undefined);
    assert.notEqual(seen[1]?.headers[EDITOR_HEADER], token);
    const changed = once(other, 'close');
    await second.send('PUT', '/auth/password', { current_password: PASSWORD, new_password: 'one more password' });
    await changed;
    engineerCookie = (await Client.login(fixture, 'eng', 'one more password')).cookie;
  });

  it('opens endpoints of flows to keys and logins, and shows the flow neither', async () => {
    assert.equal((await get('/flows/hello')).status, 401);
    assert.equal((await get('/flows/hello', { 'x-api-key': 'insa_program_wrong' })).status, 401);
    const { key } = await fixture.credentials.issue({ tenantId: 'default', kind: 'program', name: 'p' });
    assert.equal((await get('/flows/hello', { 'x-api-key': key, authorization: 'Bearer of-the-flow' })).status, 200);
    assert.equal(seen[0]?.headers['x-api-key'], undefined);
    assert.equal(seen[0]?.headers.authorization, 'Bearer of-the-flow', 'what is not ours is left');
    assert.equal((await get('/flows/hello', { cookie: `theme=dark; ${engineerCookie}` })).status, 200);
    assert.equal(seen[1]?.headers.cookie?.trim(), 'theme=dark');
    assert.equal(await outcome(open('/flows/ws')), 401);
    const socket = open('/flows/ws', { 'x-api-key': key });
    assert.equal(await outcome(socket), 'open');
    socket.close();
  });

  it('passes MQTT and Socket.IO upgrades on, and refuses those that nobody wants', async () => {
    for (const path of ['/mqtt', '/socket.io/?EIO=4&transport=websocket']) {
      const socket = open(path);
      assert.equal(await outcome(socket), 'open', path);
      socket.close();
    }
    assert.equal(await outcome(open('/api/v1/devices')), 404);
    assert.equal(await outcome(open('/')), 404);
    assert.equal(await outcome(open('/mqttx')), 404);
  });

  it('survives broken requests and connections that vanish', async () => {
    const port = Number(new URL(fixture.url).port);
    for (const text of [
      'nonsense\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n',
      `GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    ]) {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.write(text);
      await once(socket, 'close');
      assert.match(answer, /^HTTP\/1\.1 4\d\d/);
    }
    const upgrade = 'GET /editor/comms HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    for (let n = 0; n < 5; n += 1) {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(upgrade);
      socket.resetAndDestroy();
    }
    assert.equal((await get('/health')).status, 200);
  });

  it('stops within 3 s although connections are kept alive and sockets are open', async () => {
    const other = await startApi();
    other.server.setMqtt((request, socket, head) => webSockets.handleUpgrade(request, socket, head, () => undefined));
    const agent = new http.Agent({ keepAlive: true });
    const request = http.get(`${other.url}/health`, { agent });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    const socket = new WebSocket(`${other.url.replace('http', 'ws')}/mqtt`);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    const stopping = other.stop();
    await closed;
    await stopping;
    await other.server.stop();
    agent.destroy();
    await eventually(
      () =>
        call(other.url, 'GET', '/health').then(
          () => false,
          () => true,
        ),
      'the port to be closed',
    );
  });

  it('speaks HTTPS, WebSocket too, and then gives cookies to HTTPS alone', async () => {
    const pem = (name: string) => readFileSync(new URL(`../broker/fixtures/${name}`, import.meta.url));
    const tls = { cert: pem('server.crt'), key: pem('server.key') };
    const secure = secondServer({ port: 0, tls });
    await secure.start();
    try {
      secure.setMqtt((request, socket, head) => webSockets.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('welcome')));
      const options = { host: '127.0.0.1', port: secure.port, ca: pem('ca.crt'), method: 'POST', path: '/api/v1/auth/login' };
      const request = https.request({ ...options, servername: 'localhost', headers: { 'content-type': 'application/json' } });
      request.end(JSON.stringify({ username: 'admin', password: PASSWORD }));
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      assert.equal(response.statusCode, 200);
      assert.match(response.headers['set-cookie']?.[0] ?? '', /; Secure$/);
      const socket = new WebSocket(`wss://127.0.0.1:${String(secure.port)}/mqtt`, { ca: options.ca, rejectUnauthorized: true });
      assert.equal(await outcome(socket), 'open');
      socket.close();
    } finally {
      await secure.stop();
    }
  });

  it('says which address it cannot have', async () => {
    const port = Number(new URL(fixture.url).port);
    const second = secondServer({ port, tls: undefined });
    await assert.rejects(second.start(), new RegExp(`HTTP_PORT ${String(port)} on 127.0.0.1`));
    await second.stop();
  });

  function secondServer(options: Pick<HttpServerOptions, 'port' | 'tls'>): HttpServer {
    return new HttpServer({
      ...options,
      host: '127.0.0.1',
      api: fixture.api.app,
      limits: fixture.api.limits,
      addressOf: (request) => fixture.api.addressOf(request),
      sessions: fixture.sessions,
      keys: fixture.credentials,
      editorTokens: new EditorTokens(),
      openEndpoints: { isOpen: () => false },
      audit: { record: () => Promise.resolve() },
      logger: silentLogger,
      tenantId: 'default',
      isPassing,
    });
  }
});
