import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import mqtt from 'mqtt';
import { io } from 'socket.io-client';
import { Agent, fetch as fetchWith } from 'undici';
import WebSocket from 'ws';
import { outcome } from '../support/editor.ts';
import { ApiClient, eventually, freePorts, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';

/** Another address of this machine than the proxy's, so that the two are told apart. */
const CLIENT_ADDRESS = '127.0.0.2';
const SHIPPED = path.join(import.meta.dirname, '..', '..', 'deploy', 'nginx', 'insa-iiot.conf');

/** The shipped file with this machine's ports and certificate; everything else as it is. */
function fitted(folder: string, ports: { http: number; https: number; platform: number }): string {
  const changes: [RegExp | string, string][] = [
    [/listen \[::\]:.*\n/g, ''],
    ['listen 80;', `listen 127.0.0.1:${String(ports.http)};`],
    ['listen 443 ssl http2;', `listen 127.0.0.1:${String(ports.https)} ssl http2;`],
    ['server 127.0.0.1:1880;', `server 127.0.0.1:${String(ports.platform)};`],
    [/server_name iiot\.example\.com;/g, 'server_name localhost;'],
    [/\/etc\/ssl\/insa-iiot/g, folder],
  ];
  let text = readFileSync(SHIPPED, 'utf8');
  for (const [from, to] of changes) {
    const next = text.replaceAll(from, to);
    assert.notEqual(next, text, `the shipped file has ${String(from)}`);
    text = next;
  }
  return text;
}

/** What Debian's nginx.conf is around a site, in a folder of the test. */
function around(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/tmp/${kind};`);
  return `daemon off;\npid ${folder}/nginx.pid;\nerror_log stderr error;\nworker_processes 1;\n${process.getuid?.() === 0 ? 'user root;\n' : ''}
events { worker_connections 256; }
http { access_log off; ${temporary.join(' ')} include ${folder}/site.conf; }\n`;
}

describe('nginx before the platform', () => {
  const nginx = needsProgram('nginx');
  const openssl = needsProgram('openssl');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-nginx-'));
  let platform: RunningPlatform;
  let proxy: ChildProcess;
  let ca: Buffer;
  let httpUrl = '';
  let url = '';
  let agent: Agent;
  let cookie = '';
  let api: ApiClient;

  before(async () => {
    mkdirSync(path.join(folder, 'tmp'));
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
    const keyFile = path.join(folder, 'privkey.pem');
    const certFile = path.join(folder, 'fullchain.pem');
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    execFileSync(openssl, [...request, '-subj', '/CN=localhost', '-addext', names, '-keyout', keyFile, '-out', certFile], {
      stdio: 'ignore',
    });
    ca = readFileSync(certFile);
    agent = new Agent({ connect: { ca }, localAddress: CLIENT_ADDRESS });
    const [http = 0, https = 0] = await freePorts(2);
    httpUrl = `http://localhost:${String(http)}`;
    url = `https://localhost:${String(https)}`;
    platform = await startPlatform({ env: { TRUST_PROXY: 'loopback', PUBLIC_URL: url } });
    writeFileSync(path.join(folder, 'site.conf'), fitted(folder, { http, https, platform: Number(new URL(platform.httpUrl).port) }));
    writeFileSync(path.join(folder, 'nginx.conf'), around(folder));
    api = await ApiClient.login(platform);
  });
  after(async () => {
    if (proxy !== undefined) await end(proxy);
    await agent.close();
    await platform.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (route: string, init: Parameters<typeof fetchWith>[1] = {}) =>
    fetchWith(url + route, { ...init, dispatcher: agent, redirect: 'manual' });

  it('the shipped file is a configuration that nginx takes', async () => {
    const args = ['-p', folder, '-c', path.join(folder, 'nginx.conf')];
    const { status, stderr } = spawnSync(nginx, ['-t', ...args], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stderr, /syntax is ok[\s\S]*test is successful/);
    assert.doesNotMatch(stderr, /\[(warn|error|emerg)\]/);
    proxy = spawn(nginx, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const health = () =>
      ask('/health').then(
        (answer) => answer.status === 200 || undefined,
        () => undefined,
      );
    await eventually(health, 'nginx to answer');
  });

  it('leads HTTP to HTTPS, and insists on it from then on', async () => {
    const answer = await fetch(`${httpUrl}/alerts?severity=critical`, { redirect: 'manual' });
    assert.equal(answer.status, 301);
    assert.equal(answer.headers.get('location'), 'https://localhost/alerts?severity=critical');
    const page = await ask('/');
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<div id="app">/);
    assert.equal(page.headers.get('strict-transport-security'), 'max-age=31536000');
  });

  it('lets people log in with a cookie for HTTPS alone, and nobody claim an address', async () => {
    const answer = await ask('/api/v1/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.7', origin: url },
      body: JSON.stringify({ username: platform.adminUsername, password: platform.adminPassword }),
    });
    assert.equal(answer.status, 200, await answer.clone().text());
    const [set = ''] = answer.headers.getSetCookie();
    assert.match(set, /; Secure/);
    cookie = set.split(';')[0] ?? '';
    const { body } = await api.call('GET', '/audit/logs?action=login');
    // The newest is through nginx, from where the client really is; the other one came to the platform itself.
    assert.deepEqual(
      (body['items'] as { address: string }[]).map(({ address }) => address),
      [CLIENT_ADDRESS, '127.0.0.1'],
    );
  });

  it('carries live values over WebSocket (/socket.io)', async () => {
    const live = io(url, { auth: { token: api.token }, transports: ['websocket'], reconnection: false, ca: ca.toString() });
    try {
      await new Promise<void>((resolve, reject) => {
        live.once('connect', resolve);
        live.once('connect_error', reject);
      });
      assert.equal(live.io.engine.transport.name, 'websocket');
    } finally {
      live.disconnect();
    }
  });

  it('carries MQTT over WebSocket (/mqtt), acknowledged and stored', async () => {
    const key = await api.createDevice('far-away');
    const client = await mqtt.connectAsync(`${url.replace('https', 'wss')}/mqtt`, {
      username: 'far-away',
      password: key,
      wsOptions: { ca },
      reconnectPeriod: 0,
    });
    await client.publishAsync('insa/devices/far-away/telemetry', '{"temperature": 21.5}', { qos: 1 });
    await client.endAsync();
    const { body } = await api.call('GET', '/telemetry/far-away?keys=temperature');
    assert.deepEqual(
      (body['items'] as { value: number }[]).map(({ value }) => value),
      [21.5],
    );
  });

  it('carries the editor: its page, a deploy, and its live connection (/editor/comms) for its own pages alone', async () => {
    const headers = { cookie, origin: url, 'node-red-api-version': 'v2' };
    assert.equal((await ask('/editor/', { headers })).status, 200);
    const { flows, rev } = (await (await ask('/editor/flows', { headers })).json()) as { flows: unknown[]; rev: string };
    const deployed = await ask('/editor/flows', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ flows: [...flows, { id: 'proxied000000000', type: 'tab', label: 'x'.repeat(2_000_000) }], rev }),
    });
    assert.equal(deployed.status, 200, await deployed.text());
    const comms = `${url.replace('https', 'wss')}/editor/comms`;
    const own = new WebSocket(comms, { ca, headers: { cookie, origin: url } });
    assert.equal(await outcome(own), 'open');
    own.close();
    assert.equal(await outcome(new WebSocket(comms, { ca, headers: { cookie, origin: 'https://elsewhere.example' } })), 403);
    assert.equal(await outcome(new WebSocket(comms, { ca, headers: { origin: url } })), 401);
  });

  it('keeps the metrics to those who ask the platform itself', async () => {
    for (const way of ['/metrics', '/metrics/', '/METRICS', '/Metrics/', '//metrics', '/%6Detrics', '/metrics%2F', '/metrics?x=1']) {
      const answer = await ask(way);
      assert.equal(answer.status, 404, way);
      assert.match(await answer.text(), /nginx/, `${way} does not reach the platform`);
    }
    // Nothing else is kept away.
    assert.doesNotMatch(await (await ask('/metrics-of-mine')).text(), /nginx/);
  });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
