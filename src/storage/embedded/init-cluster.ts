import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Binaries } from './binaries.ts';
import { give } from './layout.ts';
import type { ClusterLayout } from './layout.ts';
import type { ServerUser } from './server-user.ts';

/** The database user that owns everything. */
export const OWNER = 'insa';

/** What it takes to make a cluster. */
export interface InitOptions {
  binaries: Binaries;
  layout: ClusterLayout;
  user: ServerUser;
  password: string;
  /** False leaves out flushing to disk; for servers that live as long as a test. */
  durable: boolean;
}

/**
 * Makes the cluster if there is none; answers whether it did. It is made under another name and renamed when complete, so that a
 * killed initdb leaves nothing that looks like a cluster. Rejects when the cluster is of another major version.
 */
export async function initCluster(options: InitOptions): Promise<boolean> {
  const { layout, binaries } = options;
  removeUnfinished(layout.home);
  const versionFile = path.join(layout.cluster, 'PG_VERSION');
  if (existsSync(versionFile)) {
    refuseOtherMajor(Number(readFileSync(versionFile, 'utf8').trim()), binaries.majorVersion, layout.cluster);
    return false;
  }
  const temporary = path.join(layout.home, `cluster.${process.pid}.tmp`);
  const passwordFile = path.join(layout.home, `password.${process.pid}.tmp`);
  mkdirSync(temporary, { mode: 0o700 });
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  try {
    give(temporary, options.user);
    give(passwordFile, options.user);
    await runInitdb(options, temporary, passwordFile);
    renameSync(temporary, layout.cluster);
    return true;
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(temporary, { recursive: true, force: true });
  }
}

function removeUnfinished(home: string): void {
  for (const name of readdirSync(home)) {
    if (/^(cluster|password)\.\d+\.tmp$/.test(name)) rmSync(path.join(home, name), { recursive: true, force: true });
  }
}

function refuseOtherMajor(found: number, expected: number, cluster: string): void {
  if (found === expected) return;
  throw new AppError(
    found > expected ? 'SCHEMA_TOO_NEW' : 'STORAGE_UNAVAILABLE',
    `The database in ${cluster} was made by PostgreSQL ${found}, this version brings PostgreSQL ${expected}, and one cannot open the other's files. ` +
      `Start the version of the platform that made it and move the data, or choose another DATA_DIR.`,
    { details: { found, expected, cluster } },
  );
}

async function runInitdb({ binaries, user, durable }: InitOptions, directory: string, passwordFile: string): Promise<void> {
  const args = ['-D', directory, '-U', OWNER, '--pwfile', passwordFile, '--auth-host=scram-sha-256', '--auth-local=scram-sha-256'];
  // The builtin locale depends on neither the system's locales nor an ICU version: an updated image cannot corrupt an index.
  args.push('--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C');
  if (!durable) args.push('--no-sync');
  try {
    await promisify(execFile)(binaries.initdb, args, { ...idsOf(user), env: serverEnvironment(), cwd: directory });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : messageOf(error);
    throw new AppError('STORAGE_UNAVAILABLE', `The embedded database could not be created in ${directory}: ${said}`, { cause: error });
  }
}

/** `uid` and `gid` for a child process, where they are to be changed. */
export function idsOf(user: ServerUser): { uid?: number; gid?: number } {
  return user.uid === undefined || user.gid === undefined ? {} : { uid: user.uid, gid: user.gid };
}

/** What the server sees of our environment: nothing that could be a secret. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const keep = ['PATH', 'SystemRoot', 'TEMP', 'TMP'].flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]] as const],
  );
  return { ...Object.fromEntries(keep), LC_ALL: 'C', TZ: 'UTC' };
}
