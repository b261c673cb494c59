import assert from 'node:assert/strict';
import { EditorClient } from '../support/editor.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

const SECRETS = {
  ADMIN_PASSWORD: 'a password only for tests',
  JWT_SECRET: 'signing-secret-of-the-platform-32-bytes',
  WEBHOOK_SECRET: 'webhook-secret-of-the-platform',
  SMTP_URL: 'smtp://mailer:mail-secret@127.0.0.1:1',
  REDIS_URL: 'redis://:redis-secret@127.0.0.1:1',
};

/** What a function node sees of the environment: by its own means, in the process, in a child and in a thread of it. */
const LOOK = `
const process = Buffer.constructor('return process')();
const { execFileSync } = process.getBuiltinModule('node:child_process');
const { Worker } = process.getBuiltinModule('node:worker_threads');
const worker = new Worker("require('node:worker_threads').parentPort.postMessage(JSON.stringify(process.env))", { eval: true });
worker.once('message', (thread) => {
  const own = ${JSON.stringify(Object.keys(SECRETS))}.map((name) => env.get(name) || '').join(' ');
  const child = execFileSync(process.execPath, ['-p', 'JSON.stringify(process.env)']).toString();
  node.send({ ...msg, payload: { own, process: JSON.stringify(process.env), child, thread } });
});
`;

describe('secrets of the configuration', () => {
  let platform: RunningPlatform;

  before(async () => {
    platform = await startPlatform({ env: SECRETS });
  });
  after(() => platform.dispose());

  it('are not in the environment of flows, of their child processes and of their threads', async () => {
    const editor = await EditorClient.login(platform);
    const { flows } = await editor.flows();
    await editor.fullDeploy([
      ...flows,
      { id: 'look-tab', type: 'tab', label: 'Look' },
      { id: 'look-in', type: 'http in', z: 'look-tab', url: '/look', method: 'get', wires: [['look']] },
      { id: 'look', type: 'function', z: 'look-tab', func: LOOK, outputs: 1, wires: [['look-out']] },
      { id: 'look-out', type: 'http response', z: 'look-tab', wires: [] },
    ]);
    const api = await ApiClient.login(platform);
    const seen = await eventually(async () => {
      const answer = await fetch(`${platform.httpUrl}/flows/look`, { headers: { authorization: `Bearer ${api.token}` } });
      return answer.status === 200 ? ((await answer.json()) as Record<string, string>) : undefined;
    }, 'the flow to answer');
    for (const where of ['process', 'child', 'thread']) assert.match(seen[where] ?? '', /HTTP_PORT/, `${where}: the rest is there`);
    for (const [where, environment] of Object.entries(seen))
      for (const [name, value] of Object.entries(SECRETS)) {
        assert.ok(!environment.includes(name), `${where}: no ${name}`);
        assert.ok(!environment.includes(value), `${where}: nothing of ${name}`);
      }
  });
});
