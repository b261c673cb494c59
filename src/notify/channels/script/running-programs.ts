import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Tells of a program that runs, so that a platform that was killed can end it when it starts again. */
export interface RunningPrograms {
  /** A program runs in a process group of its own; answers what to call when it has ended. */
  began(pid: number): () => void;
}

/** Nobody is told: where the system does not say which process is which. */
export const NO_MARKS: RunningPrograms = { began: () => () => undefined };

/** Field 22 of /proc/<pid>/stat, counted behind the name, which may hold anything. */
const START_TIME_FIELD = 19;

/**
 * Marks of running programs as files of a folder, named by process id, with what nobody else has who gets that id later: when the process started, and in which run
 * of the machine. Linux alone says both; elsewhere there are no marks.
 */
export function marksIn(folder: string): RunningPrograms {
  return {
    began: (pid) => {
      const born = birthOf(pid);
      if (born === undefined) return () => undefined;
      const file = path.join(folder, String(pid));
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(file, born, { mode: 0o600 });
      return () => rmSync(file, { force: true });
    },
  };
}

/**
 * Ends the programs that a platform that was killed left running, with all that is in their groups; answers how many. A process that has the id of one, but
 * started at another time, is somebody else's and is left alone; so is what a program started when the program itself has ended.
 */
export function endLeftPrograms(folder: string): number {
  let ended = 0;
  for (const name of namesIn(folder)) {
    const file = path.join(folder, name);
    const pid = Number(name);
    if (Number.isSafeInteger(pid) && pid > 1 && readFileSync(file, 'utf8') === birthOf(pid) && killGroup(pid)) ended += 1;
    rmSync(file, { force: true });
  }
  return ended;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function killGroup(pid: number): boolean {
  try {
    process.kill(-pid, 'SIGKILL');
    return true;
  } catch {
    // It ended just now.
    return false;
  }
}

/** Which process it is that has this id; undefined when there is none, or the system does not say. */
function birthOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return started === undefined ? undefined : `${boot} ${started}`;
  } catch {
    return undefined;
  }
}
