import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/**
 * What the operating system says about processes. Linux answers from /proc; elsewhere `ps` is asked, which knows less.
 * Everything here is about telling a live owner of a folder from a dead one, a zombie, or a stranger with the same number.
 */

const HAS_PROC = process.platform === 'linux';

/**
 * True when `pid` is a live process. A zombie is dead: it only waits for a parent that does not look
 * (signal 0 succeeds for it, which is why that is not the question asked here).
 */
export function isAlive(pid: number): boolean {
  if (HAS_PROC) {
    const state = statFields(pid)?.[0];
    return state !== undefined && state !== 'Z' && state !== 'X';
  }
  return signalReaches(pid) && !psField(pid, 'state').startsWith('Z');
}

/** The command line of a process, arguments separated by spaces; empty when there is none to see. */
export function commandLineOf(pid: number): string {
  if (!HAS_PROC) return psField(pid, 'command');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** When a process started, in a form to compare with itself only; undefined when it is gone or the system does not tell. */
export function startMarkOf(pid: number): string | undefined {
  if (!HAS_PROC) return psField(pid, 'lstart') || undefined;
  // Field 22 of the line, counted from 1; the fields begin at 3. Boots are told apart because the clock ticks restart with each.
  const ticks = statFields(pid)?.[22 - 3];
  return ticks === undefined ? undefined : `${bootId()}:${ticks}`;
}

/** Live processes whose working directory is `realDir`: the server and its children run in their cluster's folder. */
export function processesIn(realDir: string): number[] {
  if (!HAS_PROC) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => workingDirOf(pid) === realDir && isAlive(pid));
}

function workingDirOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // Gone, or of another user and then not in a private folder of ours.
  }
}

/** The fields of /proc/<pid>/stat after the command name, which may itself hold spaces and brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function psField(pid: number, field: string): string {
  if (process.platform === 'win32') return '';
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', `${field}=`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not permitted means that it exists.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
