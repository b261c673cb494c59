import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../core/logger.ts';
import { NodeErrors } from '../node-errors.ts';
import { logHandler } from './log-handler.ts';
import { nodeRedSettings } from './settings.ts';
import type { NodeRedSettingsOptions } from './settings.ts';

type Middleware = (request: object, response: object, next: () => void) => void;

describe('settings of Node-RED', () => {
  const options: NodeRedSettingsOptions = {
    userDir: '/data/node-red',
    nodesDir: '/dist/nodes',
    credentialSecret: 'secret',
    logger: silentLogger,
    observers: { nodeError: () => undefined, deployed: () => undefined, deployRefused: () => undefined, nodeSetChanged: () => undefined },
    services: undefined,
    auth: {
      tokenHeader: 'X-Internal',
      tokens: (token) =>
        Promise.resolve(token === '' ? null : { username: token, permissions: '*', role: token, administers: token === 'admin' }),
    },
  };

  it('keep what reaches the machine off until an administrator allows it', () => {
    const closed = nodeRedSettings(options);
    const excluded = closed['nodesExcludes'] as string[];
    for (const file of ['90-exec.js', '10-file.js', '23-watch.js']) assert.ok(excluded.includes(file));
    assert.deepEqual(closed['externalModules'], {
      autoInstall: false,
      palette: { allowInstall: false, allowUpdate: false, allowUpload: false },
      modules: { allowInstall: false },
    });
    assert.equal(closed['functionExternalModules'], false);
    const open = nodeRedSettings({ ...options, allowMachineNodes: true });
    assert.deepEqual(open['nodesExcludes'], ['node-red-contrib-aedes']);
  });

  it("load the palette's broker only where a flow uses it or somebody installed it", () => {
    const userDir = mkdtempSync(path.join(os.tmpdir(), 'insa-settings-'));
    const isLoaded = () => !(nodeRedSettings({ ...options, userDir })['nodesExcludes'] as string[]).includes('node-red-contrib-aedes');
    try {
      writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify([{ id: 'a', type: 'mqtt in' }]));
      assert.equal(isLoaded(), false);
      writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify([{ id: 'a', type: 'aedes broker' }]));
      assert.equal(isLoaded(), true);
      writeFileSync(path.join(userDir, 'flows.json'), '[]');
      mkdirSync(path.join(userDir, 'node_modules', 'node-red-contrib-aedes'), { recursive: true });
      assert.equal(isLoaded(), true);
    } finally {
      rmSync(userDir, { recursive: true });
    }
  });

  it('name the file of flows in whole, so that one in the current folder is not taken instead', () => {
    assert.equal(nodeRedSettings(options).flowFile, path.join(options.userDir, 'flows.json'));
    assert.ok(path.isAbsolute(nodeRedSettings({ ...options, userDir: 'data/node-red' }).flowFile));
  });

  it('end functions that do not end, and nodes that do not close, in time', () => {
    const settings = nodeRedSettings(options);
    assert.equal(settings['globalFunctionTimeout'], 10);
    assert.ok((settings['nodeCloseTimeout'] as number) < 10_000);
  });

  it('show the diagnostics of the machine to administrators only', async () => {
    const [middleware] = nodeRedSettings(options)['httpAdminMiddleware'] as [Middleware];
    const ask = (path: string, token: string) =>
      new Promise((resolve) => {
        const response = { writeHead: (status: number) => ({ end: () => resolve(status) }) };
        middleware({ path, headers: { 'x-internal': token } }, response, () => resolve('passed'));
      });
    assert.equal(await ask('/diagnostics', 'admin'), 'passed');
    assert.equal(await ask('/diagnostics', 'engineer'), 403);
    assert.equal(await ask('/Diagnostics', ''), 403);
    assert.equal(await ask('/flows', 'engineer'), 'passed');
  });

  it('tell which deployments Node-RED refused, and of whom', () => {
    const refused: object[] = [];
    const observers = { ...options.observers, deployRefused: (attempt: object) => refused.push(attempt) };
    const [, middleware] = nodeRedSettings({ ...options, observers })['httpAdminMiddleware'] as [unknown, Middleware];
    const ask = (method: string, path: string, statusCode: number) => {
      const response = Object.assign(new EventEmitter(), { statusCode });
      middleware({ method, path, user: { username: 'ana', address: '10.0.0.7' } }, response, () => undefined);
      response.emit('finish');
    };
    ask('POST', '/flows', 200);
    ask('GET', '/flows', 404);
    ask('POST', '/inject/x', 404);
    assert.deepEqual(refused, []);
    ask('POST', '/flows', 409);
    ask('PUT', '/flow/x', 400);
    assert.deepEqual(refused, [
      { username: 'ana', address: '10.0.0.7', status: 409 },
      { username: 'ana', address: '10.0.0.7', status: 400 },
    ]);
  });

  it('count errors of nodes', () => {
    const errors = new NodeErrors();
    const lines: string[] = [];
    const logger = { ...silentLogger, error: (_fields: object, text: string) => void lines.push(text) };
    const handle = logHandler(logger, { nodeError: (type) => errors.note(type) });
    handle({ level: 20, type: 'function', id: 'f', msg: new Error('it broke') });
    handle({ level: 20, msg: 'Node-RED itself' });
    handle({ level: 98, msg: 'comms.open' });
    assert.deepEqual([...errors.all()], [['function', 1]]);
    for (let i = 0; i < 300; i++) errors.note(`palette-${String(i)}`);
    errors.note('function');
    assert.deepEqual([errors.all().size, errors.all().get('other'), errors.all().get('function')], [201, 101, 2]);
    assert.deepEqual(lines, ['it broke', 'Node-RED itself']);
  });
});
