import { type ChildProcess, spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAll } from './build/build-all.ts';

/*
 * `npm run dev`: builds, starts the program, and does both again whenever a source changes. A build with errors prints them and leaves
 * the running program alone. Ctrl-C stops both.
 */
const SETTLE_MS = 200;
const STOP_TIMEOUT_MS = 15_000;
const WATCHED_FOLDERS = ['src', 'nodes', 'flows', 'dashboards/operator'];
const WATCHED_FILES = ['settings.ts', '.env', 'package.json', 'package-lock.json'];
const PROGRAM = 'dist/src/main.js';

const root = fileURLToPath(new URL('..', import.meta.url));
let program: ChildProcess | undefined;
let timer: NodeJS.Timeout | undefined;
let working = false;
let changedMeanwhile = false;
let stopping = false;
/** The environment file is read at start only and no part of the build. */
let settingsChanged = false;

function onChange(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void buildAndRestart(), SETTLE_MS);
}

async function buildAndRestart(): Promise<void> {
  if (working) {
    changedMeanwhile = true;
    return;
  }
  working = true;
  const { built, failed } = await buildAll(root);
  for (const { part, error } of failed) console.error(`Build of the ${part} failed: ${error}`);
  const needed = settingsChanged || program === undefined || built.some((part) => part !== 'web app');
  settingsChanged = false;
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
for (const folder of WATCHED_FOLDERS) watch(join(root, folder), { recursive: true }, onChange);
// Editors replace a file when they save it, which ends a watch of the file itself.
watch(root, (_event, name) => {
  if (name === null || !WATCHED_FILES.includes(name)) return;
  settingsChanged ||= name === '.env';
  onChange();
});
await buildAndRestart();
