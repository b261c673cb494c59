import { readdirSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { connectClient } from '../connection.ts';
import type { ConnectionConfig } from '../connection.ts';
import { appliedMigrations } from '../migrate.ts';
import { copyFiles, lookThrough, makeFolders, writeNew } from './copy-files.ts';
import type { CopyTask, CopyWatch, Tree } from './copy-files.ts';
import type { BackupFile } from './manifest.ts';

/** Which server, and where to. */
export interface ClusterCopyOptions {
  /** Of the server's owner, who may take backups and reads the server's files: both are on this machine. */
  connection: ConnectionConfig;
  /** The folder to make. */
  target: string;
  logger: Logger;
  watch: CopyWatch;
  /** Called when the server's files are copied and its end mark is not set yet: what is copied here is of nearly the same moment. */
  beforeEnd(): Promise<void>;
}

/** What was copied; paths are relative to the target. */
export interface ClusterCopy {
  postgresVersion: string;
  postgresMajor: number;
  migrations: string[];
  folders: string[];
  files: BackupFile[];
}

interface ServerFacts {
  directory: string;
  version: string;
  major: number;
  segmentBytes: number;
}

/** What a backup must not contain, or needs only as an empty folder (PostgreSQL's manual, "Making a Base Backup Using the Low Level API"). */
const LEFT_OUT = [
  /^postmaster\.(pid|opts)$/,
  /^(backup_label|tablespace_map)(\.old)?$/,
  /^(pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\/./,
  /(^|\/)pgsql_tmp/,
  /(^|\/)pg_internal\.init/,
  /^base\/\d+\/t\d+_\d+/,
];

/** What a copy of the server's folder takes: everything but what would be wrong elsewhere. */
export function clusterTree(directory: string): Promise<Tree> {
  return lookThrough(directory, (relative) => LEFT_OUT.some((pattern) => pattern.test(relative)));
}

/**
 * Copies the files of a running server as the server's own protocol wants it: start mark (a checkpoint), files, end mark, the write-ahead
 * log in between. A server started on the copy replays that log and is then as it was at the end mark, with every transaction that was
 * committed before it. Nobody waits meanwhile.
 */
export async function copyCluster(options: ClusterCopyOptions): Promise<ClusterCopy> {
  const { connection, target, logger, watch } = options;
  const client = await connectClient({ ...connection, application_name: 'insa-backup' }, logger);
  try {
    const facts = await factsOf(client);
    refuseTablespaces(facts.directory);
    const migrations = await appliedMigrations(client);
    // Keeps the log that the copy needs until this session ends; without it a checkpoint would remove parts of it meanwhile.
    await client.query('select pg_create_physical_replication_slot($1, true, true)', [`insa_backup_${String(process.pid)}`]);
    const firstSegment = await startMark(client);
    const tree = await clusterTree(facts.directory);
    await makeFolders(target, tree.folders);
    const files = await copyTree(tree, facts.directory, target, watch);
    await options.beforeEnd();
    const end = await endMark(client);
    files.push({ path: 'backup_label', ...(await writeNew(path.join(target, 'backup_label'), end.label)) });
    const span = { first: firstSegment, last: end.lastSegment, segmentBytes: facts.segmentBytes };
    const segments = segmentsOf(readdirSync(path.join(facts.directory, 'pg_wal')), span);
    files.push(...(await copySegments(segments, facts.directory, target, watch)));
    return { postgresVersion: facts.version, postgresMajor: facts.major, migrations, folders: tree.folders, files };
  } finally {
    await client.end().catch(() => undefined); // Gone with the server; the first error is the one to tell.
  }
}

async function factsOf(client: pg.Client): Promise<ServerFacts> {
  const { rows } = await client.query<ServerFacts>(
    `select current_setting('data_directory') as directory, current_setting('server_version') as version,
            current_setting('server_version_num')::int / 10000 as major,
            (select setting::int from pg_settings where name = 'wal_segment_size') as "segmentBytes"`,
  );
  const [facts] = rows;
  if (facts === undefined) throw new AppError('STORAGE_UNAVAILABLE', 'The database did not tell its folder; run the backup again.');
  return facts;
}

function refuseTablespaces(directory: string): void {
  const names = readdirSync(path.join(directory, 'pg_tblspc'));
  if (names.length === 0) return;
  throw new AppError(
    'STORAGE_UNAVAILABLE',
    `The database has tablespaces outside its folder (${names.join(', ')} in ${directory}/pg_tblspc), which this backup does not copy. Move their tables back, or back the server up with pg_basebackup.`,
  );
}

/** Answers the name of the first part of the log that the copy needs. */
async function startMark(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ segment: string }>(
    `select pg_walfile_name(pg_backup_start('insa backup', fast => true)) as segment`,
  );
  return rows[0]?.segment ?? '';
}

async function endMark(client: pg.Client): Promise<{ label: string; lastSegment: string }> {
  const { rows } = await client.query<{ label: string; lastSegment: string }>(
    `select labelfile as label, pg_walfile_name(lsn) as "lastSegment" from pg_backup_stop(wait_for_archive => false)`,
  );
  const [end] = rows;
  if (end === undefined) throw new AppError('STORAGE_UNAVAILABLE', 'The database set no end mark; run the backup again.');
  return end;
}

async function copyTree(tree: Tree, directory: string, target: string, watch: CopyWatch): Promise<BackupFile[]> {
  const tasks = tree.files.map((file): CopyTask => ({
    from: path.join(directory, file.path),
    to: path.join(target, file.path),
    executable: false,
  }));
  const read = await copyFiles(tasks, watch);
  // What vanished was dropped, and the log says so.
  return tree.files.flatMap((file, index) => {
    const copied = read[index];
    return copied === undefined ? [] : [{ path: file.path, ...copied }];
  });
}

/**
 * The parts of the log from `first` to `last` among the names in its folder: of one time line, they sort as they follow each other. Rejects
 * with `STORAGE_UNAVAILABLE` when one is missing.
 */
export function segmentsOf(names: readonly string[], span: { first: string; last: string; segmentBytes: number }): string[] {
  const segments = names.filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= span.first && name <= span.last).sort();
  const expected = segmentNumber(span.last, span.segmentBytes) - segmentNumber(span.first, span.segmentBytes) + 1;
  if (segments.length === expected) return segments;
  throw new AppError(
    'STORAGE_UNAVAILABLE',
    `The database has removed parts of its log that the backup needs: ${String(segments.length)} of ${String(expected)} from ${span.first} to ${span.last} are there. Run the backup again.`,
    { retryable: true },
  );
}

/** A name is time line, number of the 4 GiB, number within them: eight hexadecimal digits each. */
function segmentNumber(name: string, segmentBytes: number): number {
  return Number.parseInt(name.slice(8, 16), 16) * (2 ** 32 / segmentBytes) + Number.parseInt(name.slice(16), 16);
}

async function copySegments(segments: readonly string[], directory: string, target: string, watch: CopyWatch): Promise<BackupFile[]> {
  const paths = segments.map((name) => `pg_wal/${name}`);
  const read = await copyFiles(
    paths.map((name) => ({ from: path.join(directory, name), to: path.join(target, name), executable: false })),
    watch,
  );
  return paths.map((name, index) => {
    const copied = read[index];
    if (copied === undefined)
      throw new AppError('STORAGE_UNAVAILABLE', `The database has removed ${name} meanwhile. Run the backup again.`);
    return { path: name, ...copied };
  });
}
