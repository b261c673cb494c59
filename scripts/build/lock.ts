import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MS = 100;

/**
 * Runs something while no other process of this machine does it under the same file: two builds at once would overwrite each other.
 * A lock whose process is gone is taken over.
 */
export async function withLock<Result>(file: string, action: () => Promise<Result>): Promise<Result> {
  mkdirSync(dirname(file), { recursive: true });
  for (let told = false; !take(file); told = true) {
    if (!told) console.log('Waiting for another build of this folder to end ...');
    await delay(RETRY_MS);
  }
  try {
    return await action();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
  }
  if (!ownerIsGone(file)) return false;
  rmSync(file, { force: true });
  return take(file);
}

function ownerIsGone(file: string): boolean {
  const owner = Number(readIfThere(file) ?? Number.NaN);
  if (!Number.isInteger(owner) || owner <= 0) return false;
  try {
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The other build has just ended and removed it.
    return undefined;
  }
}
