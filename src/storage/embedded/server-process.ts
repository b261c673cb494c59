import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import type { Binaries } from './binaries.ts';
import { idsOf, serverEnvironment } from './init-cluster.ts';
import type { ClusterLayout } from './layout.ts';
import type { ServerUser } from './server-user.ts';

const LOG_FILE_BYTES = 10 * 1024 * 1024;

/** What it takes to run a server: its places, its programs, and whom it runs as. */
export interface Installation {
  readonly user: ServerUser;
  readonly layout: ClusterLayout;
  readonly binaries: Binaries;
}

/** A server started by this process. */
export class ServerProcess {
  private readonly logFile: string;
  private readonly logFrom: number;
  private reason: string | undefined;
  private listener: ((reason: string) => void) | undefined;
  /** Undefined when it could not be started at all. */
  readonly pid: number | undefined;

  /** Starts the server; whether it gets ready is for the caller to watch. */
  constructor({ user, layout, binaries }: Installation, port: number, settings: Readonly<Record<string, string>>) {
    this.logFile = layout.logFile;
    this.logFrom = rotateLog(layout.logFile);
    const args = ['-D', layout.cluster, '-p', String(port)];
    for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
    // A file, not a pipe: a pipe breaks when Node dies, and the server is to go on then.
    const log = openSync(layout.logFile, 'a', 0o600);
    const child = spawn(binaries.postgres, args, {
      ...idsOf(user),
      cwd: layout.cluster,
      // In a process group of its own: Ctrl-C in the terminal is for the platform, which then stops the server itself.
      detached: true,
      env: serverEnvironment(),
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
    child.unref();
    this.pid = child.pid;
    child.on('error', (error) => this.end(error.message));
    child.on('exit', (code, signal) => this.end(signal === null ? `exit code ${String(code)}` : `signal ${signal}`));
  }

  /** How it ended, or undefined while it runs. */
  get endReason(): string | undefined {
    return this.reason;
  }

  /** Tells `listener` the end, also when that has already come. */
  onEnd(listener: (reason: string) => void): void {
    this.listener = listener;
    if (this.reason !== undefined) listener(this.reason);
  }

  /** The last lines that this server wrote, in one line. */
  lastWords(): string {
    return readFileSync(this.logFile).subarray(this.logFrom).toString('utf8').trim().split('\n').slice(-5).join(' | ');
  }

  private end(reason: string): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.listener?.(reason);
  }
}

/** Keeps one older log file; answers where the new messages begin. */
function rotateLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= LOG_FILE_BYTES) return size;
  renameSync(file, `${file}.1`);
  return 0;
}
