import { existsSync, realpathSync, statSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { clusterTree, copyCluster } from '../storage/backup/copy-cluster.ts';
import { copyFiles, syncFolders, makeFolders, writeNew } from '../storage/backup/copy-files.ts';
import type { CopyWatch } from '../storage/backup/copy-files.ts';
import { DataFilesCopy } from '../storage/backup/data-files.ts';
import { BACKUP_FORMAT, CLUSTER_PART, DATA_PART, SETTINGS_FILE, manifestFiles } from '../storage/backup/manifest.ts';
import type { Manifest } from '../storage/backup/manifest.ts';
import { MIN_FREE_BYTES, freeBytesOf } from '../storage/disk.ts';
import type { FreeBytesProbe } from '../storage/disk.ts';
import { placeOfCluster } from '../storage/embedded/running-server.ts';
import { withDatabase } from './installation-database.ts';

/** Which installation to back up, and where to. */
export interface BackupOptions {
  config: { dataDir: string; databaseUrl: string | undefined; log: Pick<Config['log'], 'dir'> };
  /** The folder to make; its parent exists. */
  target: string;
  /** The settings that the platform is started with (.env); undefined: there is no such file. */
  settingsFile: string | undefined;
  version: string;
  clock: Clock;
  logger: Logger;
  watch?: Backup['watch'];
  /** The operating system unless given (tests). */
  freeBytes?: FreeBytesProbe;
}

/** A copy that is under way. */
interface Backup {
  watch: CopyWatch & {
    /** Told once, before anything is copied. */
    onTotal?: (bytes: number) => void;
  };
}

const EXTERNAL_NOTE =
  'The database is on a server of its own (DATABASE_URL) and is not in this backup: back it up there, for example with pg_dump. ' +
  'This holds flows, secrets, scripts and settings.';

/**
 * Makes a backup while the platform runs or while it is stopped: under another name first, and under its own when everything is on the
 * disk, so that a folder of that name is a whole backup. The files are copied between the last of the database's files and its end mark,
 * so flows, secrets and database are of one moment (a deploy in that moment is noticed, and the files are copied again).
 * Rejects with an `AppError` that says what to do, and then leaves nothing behind.
 */
export async function backup(options: BackupOptions): Promise<Manifest> {
  const target = refuseUnfitTarget(options);
  const temporary = `${target}.partial-${String(process.pid)}`;
  try {
    const manifest = await write(options, temporary);
    refuseExisting(target);
    await rename(temporary, target);
    await syncFolders([path.dirname(target)]);
    return manifest;
  } catch (error) {
    throw explained(error, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function write(options: BackupOptions, folder: string): Promise<Manifest> {
  const { config, clock, watch = {} } = options;
  const startedAt = isoOf(clock);
  const data = new DataFilesCopy({ folder: config.dataDir, logFolder: config.log.dir, target: path.join(folder, DATA_PART), watch });
  await makeFolders(folder, []);
  const database = await copyDatabase(options, folder, data);
  const takenAt = isoOf(clock);
  const files = await data.settle();
  const manifest: Manifest = {
    format: BACKUP_FORMAT,
    platformVersion: options.version,
    ...{ startedAt, takenAt, database: database.about },
    folders: [...below(DATA_PART, files.folders), ...database.folders],
    files: [...below(DATA_PART, files.files), ...database.files, ...(await copySettings(options, folder))],
    links: below(DATA_PART, files.links),
  };
  for (const { name, content } of manifestFiles(manifest)) await writeNew(path.join(folder, name), content);
  await syncFolders(manifest.folders.map((name) => path.join(folder, name)));
  await syncFolders([folder]);
  return manifest;
}

interface DatabaseCopy extends Pick<Manifest, 'folders' | 'files'> {
  about: Manifest['database'];
}

async function copyDatabase(options: BackupOptions, folder: string, data: DataFilesCopy): Promise<DatabaseCopy> {
  const { config, logger, watch = {} } = options;
  if (config.databaseUrl !== undefined) {
    if (!existsSync(config.dataDir)) throw new AppError('INVALID_CONFIG', `There is no data folder ${config.dataDir}. Set DATA_DIR.`);
    await makeRoom(options, 0, data);
    await data.copy();
    return { about: { kind: 'external', note: EXTERNAL_NOTE }, folders: [DATA_PART], files: [] };
  }
  return withDatabase({ config, logger }, async (connection) => {
    const cluster = await clusterTree(placeOfCluster(config.dataDir));
    // What is written meanwhile lies in the log: as much again as the smallest that the server keeps.
    await makeRoom(options, sum(cluster.files) + MIN_FREE_BYTES / 4, data);
    const target = path.join(folder, CLUSTER_PART);
    const copied = await copyCluster({ connection, target, logger, watch, beforeEnd: () => data.copy() });
    const { postgresVersion, postgresMajor, migrations } = copied;
    return {
      about: { kind: 'embedded', postgresVersion, postgresMajor, migrations },
      folders: [DATA_PART, CLUSTER_PART, ...below(CLUSTER_PART, copied.folders)],
      files: below(CLUSTER_PART, copied.files),
    };
  });
}

async function copySettings({ settingsFile, watch = {} }: BackupOptions, folder: string): Promise<Manifest['files']> {
  if (settingsFile === undefined) return [];
  const [read] = await copyFiles([{ from: settingsFile, to: path.join(folder, SETTINGS_FILE), executable: false }], watch);
  if (read === undefined) throw new AppError('INVALID_CONFIG', `There is no settings file ${settingsFile}. Name another with --settings.`);
  return [{ path: SETTINGS_FILE, ...read }];
}

/** Refuses a backup that would not fit, or that would leave the running platform without the room it acknowledges with. */
async function makeRoom(options: BackupOptions, clusterBytes: number, data: DataFilesCopy): Promise<void> {
  const needed = clusterBytes + sum((await data.look()).files);
  options.watch?.onTotal?.(needed);
  const parent = path.dirname(options.target);
  const isSameDisk = (await stat(parent)).dev === (await stat(options.config.dataDir)).dev;
  const free = await (options.freeBytes ?? freeBytesOf)(parent);
  const kept = isSameDisk ? MIN_FREE_BYTES : 0;
  if (free >= needed + kept) return;
  throw new AppError(
    'DISK_FULL',
    `${parent} has ${mb(free)} free and the backup needs about ${mb(needed)}` +
      `${isSameDisk ? `, beside ${mb(kept)} for the running platform on the same disk` : ''}. Free some space there, or name a folder on another disk.`,
    { details: { free, needed } },
  );
}

function refuseUnfitTarget({ target, config }: BackupOptions): string {
  const full = path.resolve(target);
  refuseExisting(full);
  const parent = path.dirname(full);
  if (statSync(parent, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new AppError('INVALID_REQUEST', `There is no folder ${parent} to put the backup into. Make it, or mount the disk that it is on.`);
  }
  if (existsSync(config.dataDir) && `${realpathSync(parent)}${path.sep}`.startsWith(`${realpathSync(config.dataDir)}${path.sep}`)) {
    throw new AppError(
      'INVALID_REQUEST',
      `${full} lies in the data folder ${config.dataDir} itself. Name a folder outside, best on another disk.`,
    );
  }
  return full;
}

function refuseExisting(target: string): void {
  if (statSync(target, { throwIfNoEntry: false }) === undefined) return;
  throw new AppError('CONFLICT', `${target} exists already, and a backup overwrites nothing. Name a folder that does not exist.`);
}

/** What a full disk or a closed folder says, said in our words. */
function explained(error: unknown, target: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC') {
    return new AppError(
      'DISK_FULL',
      `The disk of ${target} is full. What was written is removed; free some space and run the backup again.`,
      { cause: error },
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const said = error instanceof Error ? error.message : '';
    return new AppError(
      'FORBIDDEN',
      `${said}. Run the backup as the user that runs the platform, with a target that this user may write.`,
      { cause: error },
    );
  }
  return error;
}

/** The names of a part, as they are in the whole. */
function below<Entry extends string | { path: string }>(part: string, entries: readonly Entry[]): Entry[];
function below(part: string, entries: readonly (string | { path: string })[]): (string | { path: string })[] {
  return entries.map((entry) => (typeof entry === 'string' ? `${part}/${entry}` : { ...entry, path: `${part}/${entry.path}` }));
}

function sum(files: readonly { bytes: number }[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}

function mb(bytes: number): string {
  return `${new Intl.NumberFormat('en').format(Math.ceil(bytes / 1e6))} MB`;
}

function isoOf(clock: Clock): string {
  return new Date(clock.nowMs()).toISOString();
}
