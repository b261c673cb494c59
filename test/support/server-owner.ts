import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';

/** Shorter than tests wait, so that nothing is left behind. */
const START_MS = 30_000;
const ENTRY = path.join(import.meta.dirname, '..', 'storage', 'fixtures', 'owner.ts');

/** Starts a process that owns a data folder and its embedded server, and answers it with the server's id. The caller ends it. */
export async function startOwner(folder: string, password: string): Promise<{ child: ChildProcess; serverPid: number }> {
  rmSync(path.join(folder, 'platform.lock'), { force: true });
  const child = spawn(process.execPath, [ENTRY, folder, password], { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(child.stdout);
  try {
    const [line] = (await once(child.stdout, 'data', { signal: AbortSignal.timeout(START_MS) })) as [Buffer];
    return { child, serverPid: Number(line.toString()) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** Kills a process and waits until it is gone; its server goes on. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
