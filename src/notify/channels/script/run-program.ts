import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { RunningPrograms } from './running-programs.ts';

/** How a program ended. `code` null: a signal ended it. */
export interface ProgramEnd {
  kind: 'ended';
  code: number | null;
  signal: string | null;
  /** What it wrote, the first 64 KB of each. */
  stdout: string;
  stderr: string;
}

/** What came of running a program: `timeout`, `aborted`: it was ended; `not_started`: with the system's code, such as ENOENT. */
export type ProgramResult = ProgramEnd | { kind: 'timeout' | 'aborted' } | { kind: 'not_started'; code: string };

/** What to run. */
export interface ProgramRun {
  /** Absolute. */
  path: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  stdin: string;
  timeoutMs: number;
  /** Between SIGTERM and SIGKILL. */
  graceMs: number;
  signal: AbortSignal;
  /** Told that it runs. */
  running: RunningPrograms;
}

/** Bytes of each output that are kept. */
const OUTPUT_BYTES = 64 * 1024;
/** Between two reads of an output that nothing is kept of any more: a program that writes forever must not keep the platform busy. */
const SLOW_READ_MS = 10;
/** How long the outputs of a program that ended may stay open: something that it started in a session of its own may hold them. */
const CLOSE_MS = 500;

/**
 * Runs a program without a shell, in a process group of its own, and ends the whole group with it: after `timeoutMs`, at `signal`, and what it left behind
 * when it ended by itself. Never rejects.
 */
export function runProgram(run: ProgramRun): Promise<ProgramResult> {
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(run.path, run.args, { cwd: run.cwd, env: run.env, stdio: ['pipe', 'pipe', 'pipe'], shell: false, detached: true });
    } catch (error) {
      resolve({ kind: 'not_started', code: codeOf(error) });
      return;
    }
    const unmark = child.pid === undefined ? (): void => undefined : run.running.began(child.pid);
    const [stdout, stderr] = [keep(child.stdout), keep(child.stderr)];
    let ending: 'timeout' | 'aborted' | undefined;
    let killTimer: NodeJS.Timeout | undefined;
    const end = (why: 'timeout' | 'aborted'): void => {
      if (ending !== undefined) return;
      ending = why;
      killGroup(child, 'SIGTERM');
      killTimer = setTimeout(() => killGroup(child, 'SIGKILL'), run.graceMs);
    };
    const abort = (): void => end('aborted');
    const timer = setTimeout(() => end('timeout'), run.timeoutMs);
    const settle = (result: ProgramResult): void => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      run.signal.removeEventListener('abort', abort);
      child.stdout?.destroy();
      child.stderr?.destroy();
      unmark();
      resolve(ending === undefined ? result : { kind: ending });
    };
    child.once('error', (error) => settle({ kind: 'not_started', code: codeOf(error) }));
    child.once('exit', (code, signal) => {
      killGroup(child, 'SIGKILL');
      const ended = (): void => settle({ kind: 'ended', code, signal, stdout: stdout(), stderr: stderr() });
      const late = setTimeout(ended, CLOSE_MS);
      child.once('close', () => {
        clearTimeout(late);
        ended();
      });
    });
    if (run.signal.aborted) abort();
    else run.signal.addEventListener('abort', abort, { once: true });
    // A program that does not read it is no fault.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(run.stdin);
  });
}

/** Keeps the first `OUTPUT_BYTES` of an output and reads on slowly; answers what was kept so far. */
function keep(stream: Readable | null): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream?.on('error', () => undefined);
  stream?.on('data', (chunk: Buffer) => {
    const room = OUTPUT_BYTES - bytes;
    if (room > 0) chunks.push(chunk.subarray(0, room));
    bytes += chunk.length;
    if (bytes <= OUTPUT_BYTES) return;
    stream.pause();
    setTimeout(() => stream.resume(), SLOW_READ_MS);
  });
  return () => new StringDecoder('utf8').write(Buffer.concat(chunks));
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
