import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAll } from './build/build-all.ts';

/*
 * `npm run dev`: builds, starts the program, and does both again whenever a source changes. A build with errors prints them and leaves
 * the running program alone. Ctrl-C stops both.
 */
const SETTLE_MS = 200;
const STOP_TIMEOUT_MS = 15_000;
const WATCHED = ['src', 'nodes', 'flows', 'dashboards/operator', 'settings.ts', '.env', 'package.json'];
const PROGRAM = 'dist/src/main.js';

const root = fileURLToPath(new URL('..', import.meta.url));
let program: ChildProcess | undefined;
let timer: NodeJS.Timeout | undefined;
let working = false;
let changedMeanwhile = false;
let stopping = false;

function onChange(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void buildAndRestart(), SETTLE_MS);
}

async function buildAndRestart(forced = false): Promise<void> {
  if (working) {
    changedMeanwhile = true;
    return;
  }
  working = true;
  const { built, failed } = await buildAll(root);
  for (const { part, error } of failed) console.error(`Build of the ${part} failed: ${error}`);
  const needed = forced || program === undefined || built.some((part) => part !== 'web app');
  if (failed.length === 0 && needed) await restart();
  working = false;
  if (!changedMeanwhile) return;
  changedMeanwhile = false;
  onChange();
}

async function restart(): Promise<void> {
  await stopProgram();
  if (stopping) return;
  const child = spawn(process.execPath, [PROGRAM], { cwd: root, stdio: 'inherit' });
  program = child;
  child.once('exit', (code) => {
    if (program !== child) return;
    program = undefined;
    if (!stopping) console.log(`The program ended with exit code ${String(code)}; it starts again after the next change.`);
  });
}

/** Asks the program to stop, and after a while makes it. */
async function stopProgram(): Promise<void> {
  const child = program;
  if (child === undefined) return;
  program = undefined;
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await stopProgram();
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
for (const path of WATCHED.filter((name) => existsSync(join(root, name)))) watch(join(root, path), { recursive: true }, onChange);
await buildAndRestart(true);
