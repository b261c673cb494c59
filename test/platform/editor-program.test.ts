import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { WebSocket } from 'ws';
import { outcome } from '../support/editor.ts';
import type { FlowNode } from '../support/editor.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

describe('the editor of the whole program', () => {
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
    // The reload that was let through restarts the flows.
    await eventually(async () => (await fetch(`${platform.httpUrl}/health/ready`)).status === 200, 'flows that run');
    const api = await ApiClient.login(platform);
    const lines = await eventually(async () => {
      const items = (await api.call('GET', '/audit/logs?action=flows.deploy')).body['items'] as Record<string, unknown>[];
      return items.find(({ outcome }) => outcome === 'refused');
    }, 'the refusal in the audit log');
    assert.equal(lines['actor'], 'admin');
    assert.match(JSON.stringify(lines['details']), /of the type/);
    assert.equal((await send('POST', '/flows', { flows: [...flows, tab], rev }, version2)).status, 200, 'what is whole is taken');
  });

  it('lets administrators alone switch nodes off, and writes down who did or tried', async () => {
    const api = await ApiClient.login(platform);
    const password = 'a password of an engineer';
    assert.equal((await api.call('POST', '/users', { username: 'eng', password, roles: ['engineer'] })).status, 201);
    const first = await loginCookie({ ...platform, adminUsername: 'eng', adminPassword: password });
    const chosen = 'another password of an engineer';
    await fetch(`${platform.httpUrl}/api/v1/auth/password`, {
      method: 'PUT',
      headers: { cookie: first, 'content-type': 'application/json' },
      body: JSON.stringify({ current_password: password, new_password: chosen }),
    });
    const engineer = await loginCookie({ ...platform, adminUsername: 'eng', adminPassword: chosen });
    const put = (header: string, route: string, enabled: boolean) =>
      fetch(`${platform.httpUrl}/editor${route}`, {
        method: 'PUT',
        headers: { cookie: header, 'content-type': 'application/json' },
        body: JSON.stringify({ enabled }),
      });
    assert.equal((await put(engineer, '/nodes/node-red/tcpin', false)).status, 403);
    assert.ok((await typesOf(platform.httpUrl, engineer)).has('tcp in'), 'engineers see nodes as before');
    assert.equal((await put(cookie, '/nodes/node-red/tcpin', false)).status, 200);
    assert.equal((await put(cookie, '/nodes/node-red/tcpin', true)).status, 200);
    const lines = await eventually(async () => {
      const items = (await api.call('GET', '/audit/logs?action=editor.nodes')).body['items'] as Record<string, unknown>[];
      return items.length < 3 ? undefined : items;
    }, 'the lines of the audit log');
    const told = lines.map(({ actor, target, outcome, details }) => [actor, target, outcome, details]).reverse();
    assert.deepEqual(told, [
      ['eng', 'PUT /nodes/node-red/tcpin', 'refused', { status: 403 }],
      ['admin', 'PUT /nodes/node-red/tcpin', 'ok', { status: 200, enabled: false }],
      ['admin', 'PUT /nodes/node-red/tcpin', 'ok', { status: 200, enabled: true }],
    ]);
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
