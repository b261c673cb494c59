import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import mqtt from 'mqtt';
import { until } from './support/until.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const PASSWORD = 'a password only for tests';

describe("settings.ts with Node-RED's own command line", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-cli-'));

  after(() => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('runs the platform and its flows, sends people to its login, and stops cleanly', async () => {
    const [httpPort, mqttPort] = await neighbours();
    const env = { HOST: '127.0.0.1', HTTP_PORT: String(httpPort), MQTT_PORT: String(mqttPort), MQTT_TLS_PORT: '0', DEMO: 'false' };
    const child = spawn(process.execPath, [path.join(ROOT, 'node_modules/node-red/red.js'), '-s', path.join(ROOT, 'dist/settings.js')], {
      env: { PATH: process.env['PATH'], HOME: folder, DATA_DIR: path.join(folder, 'data'), ADMIN_PASSWORD: PASSWORD, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    try {
      const platform = `http://127.0.0.1:${String(httpPort)}`;
      const commandLine = `http://127.0.0.1:${String(httpPort + 1)}`;
      await until(async () => (await statusOf(`${platform}/health/ready`)) === 200, `the platform to be ready:\n${output}`);
      await until(async () => (await statusOf(`${commandLine}/editor/`)) === 307, 'the port of the command line to answer');

      const pointed = await fetch(`${commandLine}/editor/flows`, { redirect: 'manual', headers: { 'x-insa-editor': 'guessed' } });
      assert.deepEqual([pointed.status, pointed.headers.get('location')], [307, `${platform}/editor/`]);
      assert.equal(await statusOf(`${platform}/editor/flows`), 401);
      assert.ok((await deployedTypes(platform)).includes('iiot-ingest'));
      const client = await mqtt
        .connectAsync(`mqtt://127.0.0.1:${String(mqttPort)}`, { username: 'x', password: 'y', reconnectPeriod: 0 })
        .catch(() => 'refused');
      assert.equal(client, 'refused');
    } finally {
      child.kill('SIGTERM');
    }
    assert.equal(await ended, 0, output);
    assert.doesNotMatch(output, /Uncaught/);
  });
});

async function deployedTypes(platform: string): Promise<string[]> {
  const login = await fetch(`${platform}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  const cookie = login.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');
  const response = await fetch(`${platform}/editor/flows`, { headers: { cookie } });
  return ((await response.json()) as { type: string }[]).map(({ type }) => type);
}

async function statusOf(url: string): Promise<number> {
  return fetch(url, { redirect: 'manual' }).then(
    (response) => response.status,
    () => 0,
  );
}

/** A free port whose neighbour is free too, and another one. */
async function neighbours(): Promise<[number, number]> {
  for (;;) {
    const port = await freePort(0);
    if (port !== undefined && (await freePort(port + 1)) !== undefined) return [port, (await freePort(0)) ?? 0];
  }
}

function freePort(port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => resolve(found));
    });
  });
}
