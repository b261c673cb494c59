import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { AppError, messageOf } from '../core/errors.ts';
import { isAlive, startMarkOf } from './embedded/processes.ts';

/** Stands in a data folder while a backup is being restored into it; where it stayed, the folder is incomplete. */
export const UNFINISHED_RESTORE = 'restore-unfinished';

const LOCK_FILE = 'platform.lock';
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** Who holds a data folder: a process number alone says nothing after a restart, so its start is kept too. */
interface Owner {
  pid: number;
  startMark: string | undefined;
}

/**
 * The folder of everything an installation keeps beside its database: secrets, flows, logs, the embedded database.
 * `start` takes it for this process alone, `stop` gives it back; both may be repeated.
 */
export class DataDir {
  private readonly wantedPath: string;
  private realFolder: string | undefined;
  private heldLock: string | undefined;

  /** `folder` may be relative to the working directory and need not exist. */
  constructor(folder: string) {
    this.wantedPath = path.resolve(folder);
  }

  /** The folder's real path; as asked for until `start` has made it. */
  get path(): string {
    return this.realFolder ?? this.wantedPath;
  }

  /**
   * Makes the folder and locks it. Rejects with `INVALID_CONFIG` when it cannot be written, and with `ALREADY_RUNNING` when a
   * living process holds it; the lock of a process that was killed is taken over.
   */
  start(): void {
    if (this.heldLock !== undefined) return;
    this.realFolder = prepareFolder(this.wantedPath);
    this.heldLock = takeLock(this.realFolder);
    if (!existsSync(this.resolve(UNFINISHED_RESTORE))) return;
    this.stop();
    throw new AppError(
      'INVALID_CONFIG',
      `The data folder ${this.realFolder} holds a restore that was interrupted. Empty it and restore the backup again.`,
    );
  }

  /** Removes the lock if it is still ours. */
  stop(): void {
    const held = this.heldLock;
    this.heldLock = undefined;
    if (held === undefined) return;
    const file = path.join(this.path, LOCK_FILE);
    if (readIfPresent(file) === held) rmSync(file, { force: true });
  }

  /** The path of something in the folder. */
  resolve(...parts: string[]): string {
    return path.join(this.path, ...parts);
  }

  /**
   * A secret that is generated once, from `bytes` random bytes (base64url), and then stays: for example `jwt`.
   * Kept in `secrets/<name>`, readable by its owner only.
   */
  secret(name: string, bytes: number): string {
    const folder = this.resolve('secrets');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = path.join(folder, name);
    if (readIfPresent(file) === undefined) createOnce(file, `${randomBytes(bytes).toString('base64url')}\n`);
    if ((statSync(file).mode & 0o077) !== 0 && process.platform !== 'win32') chmodSync(file, 0o600);
    const value = readFileSync(file, 'utf8').trim();
    // Making another one in silence would log everybody out, or lock us out of our own database.
    if (value === '')
      throw new AppError(
        'INVALID_CONFIG',
        `The secret in ${file} is empty. Restore it from a backup, or remove the file to have a new one.`,
      );
    return value;
  }
}

function prepareFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true }); // Folders above it stay as usual: they are not ours to close.
    const real = realpathSync(folder);
    makePrivate(real);
    const probe = path.join(real, `.write-test.${process.pid}`);
    closeSync(openSync(probe, 'w', 0o600));
    rmSync(probe);
    return real;
  } catch (error) {
    throw new AppError(
      'INVALID_CONFIG',
      `The data folder ${folder} cannot be used: ${messageOf(error)}. Give this user the right to write there, or set DATA_DIR.`,
      {
        cause: error,
      },
    );
  }
}

/** As root others may pass through (not look), because the database server runs as another user and lives inside; files are closed one by one. */
function makePrivate(folder: string): void {
  const uid = process.getuid?.();
  if (uid === undefined || statSync(folder).uid !== uid) return; // A mounted folder of somebody else keeps its rights.
  chmodSync(folder, uid === 0 ? 0o711 : 0o700);
}

/** Answers the content of our lock. Linking a complete file is atomic: nobody ever sees half of one. */
function takeLock(folder: string): string {
  const file = path.join(folder, LOCK_FILE);
  const owner: Owner = { pid: process.pid, startMark: startMarkOf(process.pid) };
  const mine = `${JSON.stringify(owner)}\n`;
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if (createOnce(file, mine)) return mine;
    const theirs = readIfPresent(file);
    if (theirs === undefined) continue;
    const holder = livingOwner(theirs);
    if (holder !== undefined) throw alreadyRunning(holder, folder);
    bury(file, theirs);
  }
  throw new AppError('ALREADY_RUNNING', `The data folder ${folder} is being taken by several processes at once. Start one of them.`);
}

function alreadyRunning(pid: number, folder: string): AppError {
  return new AppError(
    'ALREADY_RUNNING',
    `Process ${pid} is already running on the data folder ${folder}. Stop it first, or set another DATA_DIR and other ports.`,
    {
      details: { pid, folder },
    },
  );
}

/** Removes a dead owner's lock, and puts it back should it not be the one that was judged (somebody else was faster). */
function bury(file: string, judged: string): void {
  const grave = `${file}.${process.pid}`;
  try {
    renameSync(file, grave);
    if (readIfPresent(grave) !== judged) linkSync(grave, file);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(grave, { force: true });
  }
}

function livingOwner(content: string): number | undefined {
  let owner: unknown;
  try {
    owner = JSON.parse(content);
  } catch {
    return undefined; // Cut off by a power failure: whoever wrote it is gone.
  }
  if (typeof owner !== 'object' || owner === null || !('pid' in owner) || typeof owner.pid !== 'number') return undefined;
  if (!isAlive(owner.pid)) return undefined;
  const then = 'startMark' in owner ? owner.startMark : undefined;
  const now = startMarkOf(owner.pid);
  return then === undefined || now === undefined || then === now ? owner.pid : undefined;
}

/** Writes a file that must not exist yet, complete and on disk before it has its name; false when it exists. */
function createOnce(file: string, content: string): boolean {
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = openSync(temporary, 'w', 0o600);
  try {
    writeSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    if (NO_LINKS.some((code) => hasCode(error, code))) return copyOnce(temporary, file);
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** For file systems without links (some shared folders of virtual machines): as good but for a moment in which the file is half written. */
function copyOnce(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
