import { lstatSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

/** A program that may run, or why it may not: one sentence that says what to change. */
export type FoundProgram = { path: string } | { problem: string };

/** Bits of a file's mode. */
const ANYBODY_WRITES = 0o002;
const ANYBODY_EXECUTES = 0o111;

/**
 * Finds `name` in the folder of scripts. It must be a regular file of that folder itself (no symbolic link out of it) that may be executed, that belongs to
 * root or to the account of the platform, and that not everybody may write to; the same for the folder.
 */
export function findProgram(folder: string, name: string): FoundProgram {
  try {
    const realFolder = realpathSync(folder);
    const writable = trustProblem(realFolder, 'The folder of scripts');
    if (writable !== undefined) return { problem: writable };
    const file = path.join(realFolder, name);
    lstatSync(file);
    const real = realpathSync(file);
    if (path.dirname(real) !== realFolder)
      return { problem: `"${name}" is a link that leads out of the folder of scripts; copy the program into it.` };
    const stat = statSync(real);
    if (!stat.isFile()) return { problem: `"${name}" in the folder of scripts is no file; name a program.` };
    if ((stat.mode & ANYBODY_EXECUTES) === 0) return { problem: `"${name}" is not executable; make it so with chmod 755.` };
    const problem = trustProblem(real, `"${name}"`);
    return problem === undefined ? { path: real } : { problem };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENOENT')
      return { problem: `There is no "${name}" in the folder of scripts (scripts in DATA_DIR); put the program there.` };
    return { problem: `"${name}" in the folder of scripts cannot be looked at (${code}); see to its rights.` };
  }
}

/** Who else could change what runs: somebody who owns it, or everybody. */
function trustProblem(file: string, what: string): string | undefined {
  const { mode, uid } = statSync(file);
  const own = process.geteuid?.();
  if (own !== undefined && uid !== 0 && uid !== own) {
    return `${what} belongs to another account (uid ${String(uid)}); let root or the account of the platform own it.`;
  }
  return (mode & ANYBODY_WRITES) === 0
    ? undefined
    : `${what} can be changed by everybody on the machine; take that right away with chmod o-w.`;
}
