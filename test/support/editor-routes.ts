import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Server } from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { NodeRedSettings } from '../../src/app/node-red/settings.ts';

/** A route of Node-RED's own administration, with one address that it answers. */
export interface EditorRoute {
  method: string;
  path: string;
}

/** What Express 4 keeps of routes. */
interface Layer {
  route?: { path: string | RegExp | (string | RegExp)[]; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
}

interface Application {
  _router?: { stack: Layer[] };
}

interface Mount {
  parent: Application;
  at: string;
  child: Application;
}

/** Addresses for routes that are regular expressions. */
const CANDIDATES = [
  '/nodes/messages',
  '/nodes/x/y/messages',
  '/nodes/x',
  '/nodes/x/y',
  '/plugins/x',
  '/plugins/x/y',
  '/resources/x/y',
  '/locales/x',
  '/library/local/flows/x',
];

/** Every route of a running Node-RED with the platform's settings and nodes: found in a process of its own, for it cannot be started twice. */
export async function editorRoutes(): Promise<EditorRoute[]> {
  const child = spawn(process.execPath, [import.meta.filename], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`The routes of the editor could not be listed:\n${output}`);
  return JSON.parse(output.slice(output.indexOf('[{'))) as EditorRoute[];
}

/** Every route below an application, with those of the applications that are mounted in it. */
function routesOf(app: Application, mounts: readonly Mount[], prefix = ''): EditorRoute[] {
  const own = (app._router?.stack ?? []).flatMap((layer) => routesOfLayer(layer, prefix));
  const mounted = mounts.filter(({ parent }) => parent === app).flatMap(({ at, child }) => routesOf(child, mounts, prefix + at));
  return [...own, ...mounted];
}

function routesOfLayer({ route, handle }: Layer, prefix: string): EditorRoute[] {
  if (route === undefined) return (handle.stack ?? []).flatMap((layer) => routesOfLayer(layer, prefix));
  const methods = Object.keys(route.methods).map((method) => (method === '_all' ? 'POST' : method.toUpperCase()));
  const paths = [route.path].flat().map((pattern) => prefix + sampleOf(pattern));
  return paths.flatMap((path) => methods.map((method) => ({ method, path })));
}

function sampleOf(pattern: string | RegExp): string {
  if (typeof pattern === 'string') return pattern.replaceAll(/:\w+\(([^)|]*)[^)]*\)/g, '$1').replaceAll(/:\w+|\*/g, 'x');
  const sample = CANDIDATES.find((candidate) => pattern.test(candidate));
  if (sample === undefined) throw new Error(`No address is known that ${String(pattern)} answers; add one to the candidates.`);
  return sample;
}

/** Writes down which application is mounted where: Express 4 keeps only a function that calls it. */
function watchMounts(): Mount[] {
  const mounts: Mount[] = [];
  const { application } = createRequire(createRequire(import.meta.url).resolve('@node-red/editor-api'))('express') as {
    application: { use: (this: Application, ...given: unknown[]) => unknown };
  };
  const { use } = application;
  application.use = function (this: Application, ...given) {
    const [first] = given;
    for (const child of given.filter(isApplication))
      mounts.push({ parent: this, at: typeof first === 'string' && first !== '/' ? first : '', child });
    return use.apply(this, given);
  };
  return mounts;
}

function isApplication(given: unknown): given is Application {
  return typeof given === 'function' && 'handle' in given && 'set' in given;
}

async function list(): Promise<void> {
  const mounts = watchMounts();
  const { default: RED } = await import('node-red');
  const { nodeRedSettings } = await import('../../src/app/node-red/settings.ts');
  const { silentLogger } = await import('../../src/core/logger.ts');
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'insa-editor-routes-'));
  const settings: NodeRedSettings = nodeRedSettings({
    userDir,
    nodesDir: path.join(import.meta.dirname, '..', '..', 'dist', 'nodes'),
    credentialSecret: 'of a test',
    auth: { tokenHeader: 'x-test', tokens: () => Promise.resolve(null) },
    logger: silentLogger,
    observers: { nodeError: () => undefined, deployed: () => undefined, deployRefused: () => undefined, nodeSetChanged: () => undefined },
    services: undefined,
    // All routes that there may be: whoever is not let in must not reach those either.
    allowMachineNodes: true,
    projects: true,
  });
  RED.init(new Server(), settings);
  await RED.start();
  const routes = routesOf(RED.httpAdmin, mounts);
  await RED.stop();
  rmSync(userDir, { recursive: true, force: true });
  process.stdout.write(JSON.stringify(routes), () => process.exit(0));
}

if (process.argv[1] === import.meta.filename) await list();
