import { existsSync, readdirSync } from 'node:fs';
import { chmod, lstat, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { copyFiles, makeFolders, syncFolders, writeNew } from '../storage/backup/copy-files.ts';
import type { CopyWatch } from '../storage/backup/copy-files.ts';
import { CLUSTER_PART, DATA_PART, damaged, readManifest } from '../storage/backup/manifest.ts';
import type { Manifest } from '../storage/backup/manifest.ts';
import { DataDir, UNFINISHED_RESTORE } from '../storage/data-dir.ts';
import { freeBytesOf } from '../storage/disk.ts';
import type { FreeBytesProbe } from '../storage/disk.ts';
import { packagedMajorVersion } from '../storage/embedded/binaries.ts';
import { EmbeddedPostgres } from '../storage/embedded/embedded-postgres.ts';
import { clusterHome, give, prepareLayout } from '../storage/embedded/layout.ts';
import { chooseServerUser } from '../storage/embedded/server-user.ts';
import type { ServerUser } from '../storage/embedded/server-user.ts';
import { migrationNames, refuseNewerSchema } from '../storage/migrate.ts';

/** Which backup, and where to. */
export interface RestoreOptions {
  backup: string;
  /** The data folder: missing or empty. */
  dataDir: string;
  databaseUrl: string | undefined;
  logger: Logger;
  watch?: CopyWatch & {
    /** Told before files are checked and before they are copied, with what there is to do. */
    onTotal?: (what: 'checking' | 'copying', bytes: number) => void;
  };
  /** The operating system unless given (tests). */
  freeBytes?: FreeBytesProbe;
}

/**
 * Brings a backup into an empty data folder and starts its database once, so that what is there afterwards is known to run. Everything is
 * checked before anything is written: what the backup is of, whether this program can run it, and every file by its SHA-256. Rejects with
 * an `AppError` that says what to do, and then leaves the folder empty.
 */
export async function restore(options: RestoreOptions): Promise<Manifest> {
  const manifest = readManifest(options.backup);
  await refuseUnfit(manifest, options.databaseUrl);
  refuseFilled(options.dataDir);
  await check(manifest, options);
  await refuseFull(manifest, options);
  const existed = existsSync(options.dataDir);
  const dataDir = new DataDir(options.dataDir);
  dataDir.start();
  let home: string | undefined;
  try {
    await writeNew(dataDir.resolve(UNFINISHED_RESTORE), 'A backup is being restored here.\n');
    await restoreFiles(manifest, options, dataDir);
    if (manifest.database.kind === 'embedded') {
      home = clusterHome(dataDir.path, chooseServerUser);
      await restoreCluster(manifest, options, home);
      await tryOut(dataDir, options.logger);
    }
    await rm(dataDir.resolve(UNFINISHED_RESTORE));
    await syncFolders([dataDir.path]);
    return manifest;
  } catch (error) {
    await undo(dataDir, home, existed);
    throw error;
  } finally {
    dataDir.stop();
  }
}

async function refuseUnfit({ database, platformVersion }: Manifest, databaseUrl: string | undefined): Promise<void> {
  if (database.kind === 'external') return;
  if (databaseUrl !== undefined) {
    throw new AppError(
      'INVALID_CONFIG',
      'The backup has a database of its own and DATABASE_URL names another, which the platform would use instead. Unset DATABASE_URL (in .env too) and restore again.',
    );
  }
  const major = await packagedMajorVersion();
  if (database.postgresMajor !== major) {
    throw new AppError(
      'INVALID_REQUEST',
      `The backup's database is of PostgreSQL ${database.postgresVersion}, this version brings PostgreSQL ${String(major)}, and one cannot open the other's files. ` +
        `Restore it with the version of the platform that made it (${platformVersion}).`,
    );
  }
  refuseNewerSchema(await migrationNames(), database.migrations);
}

/** A restore mixes with nothing. */
function refuseFilled(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  if (names.length === 0) return;
  const what = names.includes(UNFINISHED_RESTORE)
    ? 'holds a restore that was interrupted'
    : `is not empty (${names.slice(0, 3).join(', ')} ...)`;
  throw new AppError(
    'CONFLICT',
    `${folder} ${what}. Restore into an empty or missing folder: name one with --into, or move this one away.`,
  );
}

/** Reads every file and compares; a backup that is damaged anywhere is not restored in part. */
async function check(manifest: Manifest, { backup, watch = {} }: RestoreOptions): Promise<void> {
  watch.onTotal?.('checking', sum(manifest.files));
  const tasks = manifest.files.map((file) => ({ from: path.join(backup, file.path), to: undefined, executable: false }));
  const read = await copyFiles(tasks, watch);
  manifest.files.forEach((file, index) => compare(path.join(backup, file.path), file, read[index]));
}

function compare(name: string, expected: Manifest['files'][number], found: { bytes: number; sha256: string } | undefined): void {
  if (found === undefined) throw damaged(name, 'the file is missing');
  if (found.bytes !== expected.bytes) throw damaged(name, `it has ${String(found.bytes)} bytes and had ${String(expected.bytes)}`);
  if (found.sha256 !== expected.sha256) throw damaged(name, 'its SHA-256 is not the one in the manifest');
}

async function refuseFull(manifest: Manifest, { dataDir, freeBytes = freeBytesOf }: RestoreOptions): Promise<void> {
  let existing = path.resolve(dataDir);
  while (!existsSync(existing)) existing = path.dirname(existing);
  const needed = sum(manifest.files);
  const free = await freeBytes(existing);
  if (free >= needed) return;
  const mb = (bytes: number) => `${String(Math.ceil(bytes / 1e6))} MB`;
  throw new AppError(
    'DISK_FULL',
    `${existing} has ${mb(free)} free and the backup needs ${mb(needed)}. Free some space, or restore elsewhere with --into.`,
  );
}

async function restoreFiles(manifest: Manifest, options: RestoreOptions, dataDir: DataDir): Promise<void> {
  options.watch?.onTotal?.('copying', sum(manifest.files));
  const folders = within(DATA_PART, manifest.folders, (name) => name);
  await makeFolders(dataDir.path, folders);
  await copyPart(manifest, options, { part: DATA_PART, target: dataDir.path });
  for (const { path: name, target } of manifest.links) await symlink(target, dataDir.resolve(name.slice(DATA_PART.length + 1)));
  await syncFolders(folders.map((name) => dataDir.resolve(name)));
}

/** Under another name first, as initdb does it: a folder of the final name is a whole cluster. */
async function restoreCluster(manifest: Manifest, options: RestoreOptions, home: string): Promise<void> {
  const user = chooseServerUser(path.join(home, 'cluster'));
  const layout = prepareLayout(home, user);
  const temporary = path.join(layout.home, `cluster.${String(process.pid)}.tmp`);
  const folders = within(CLUSTER_PART, manifest.folders, (name) => name);
  await makeFolders(temporary, folders);
  await copyPart(manifest, options, { part: CLUSTER_PART, target: temporary });
  await giveAll(temporary, [...folders, ...within(CLUSTER_PART, manifest.files, ({ path: name }) => name)], user);
  await syncFolders(['', ...folders].map((name) => path.join(temporary, name)));
  await rename(temporary, layout.cluster);
  await syncFolders([layout.home]);
}

async function copyPart(manifest: Manifest, { backup, watch = {} }: RestoreOptions, to: { part: string; target: string }): Promise<void> {
  const files = manifest.files.filter((file) => file.path.startsWith(`${to.part}/`));
  const read = await copyFiles(
    files.map((file) => ({
      from: path.join(backup, file.path),
      to: path.join(to.target, file.path.slice(to.part.length + 1)),
      executable: file.executable === true,
    })),
    watch,
  );
  files.forEach((file, index) => compare(path.join(backup, file.path), file, read[index]));
}

async function giveAll(folder: string, names: readonly string[], user: ServerUser): Promise<void> {
  for (const name of ['', ...names]) {
    const full = path.join(folder, name);
    give(full, user);
    if ((await lstat(full)).isDirectory()) await chmod(full, 0o700);
  }
}

/** Lets the database replay its log, proves that the restored secret opens it, and stops it again. */
async function tryOut(dataDir: DataDir, logger: Logger): Promise<void> {
  const embedded = new EmbeddedPostgres({ dataDir: dataDir.path, password: dataDir.secret('database-password', 32), logger });
  try {
    await embedded.start();
  } finally {
    await embedded.stop();
  }
}

/** The folder was empty or missing before, so all that is in it now is ours. */
async function undo(dataDir: DataDir, home: string | undefined, existed: boolean): Promise<void> {
  if (home !== undefined) await rm(home, { recursive: true, force: true });
  for (const name of readdirSync(dataDir.path)) await rm(dataDir.resolve(name), { recursive: true, force: true });
  if (!existed) await rm(dataDir.path, { recursive: true, force: true });
}

function within<Entry>(part: string, entries: readonly Entry[], nameOf: (entry: Entry) => string): string[] {
  return entries
    .map(nameOf)
    .filter((name) => name.startsWith(`${part}/`))
    .map((name) => name.slice(part.length + 1));
}

function sum(files: readonly { bytes: number }[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}
