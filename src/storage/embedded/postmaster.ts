import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { AppError } from '../../core/errors.ts';
import type { ConnectionConfig } from '../connection.ts';
import type { ClusterLayout } from './layout.ts';
import { commandLineOf, isAlive, processesIn } from './processes.ts';

/** What a server writes into `postmaster.pid` about itself. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  /** Empty when it listens on no unix socket. */
  readonly socketDir: string;
  /** The first address that it listens on; empty when there is none. */
  readonly tcpAddress: string;
  readonly isReady: boolean;
}

/** The file's content, or undefined when there is none (or only the beginning of one). */
export function readPostmasterFile(cluster: string): PostmasterFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Math.abs(Number(lines[0]));
  if (!Number.isInteger(pid) || pid === 0) return undefined;
  return {
    pid,
    port: Number(lines[3] ?? 0),
    socketDir: lines[4] ?? '',
    tcpAddress: lines[5] ?? '',
    isReady: (lines[7] ?? '').trim() === 'ready',
  };
}

/** True when `pid` is a live server of exactly this cluster, not a zombie and not a stranger that was given the number later. */
export function isServerOf(cluster: string, pid: number): boolean {
  if (!isAlive(pid)) return false;
  const command = commandLineOf(pid);
  if (command === '') return process.platform === 'win32';
  return command.includes('postgres') && `${command} `.includes(` -D ${cluster} `);
}

/**
 * Removes what a dead server left in the way of the next one. PostgreSQL itself gives up when the old number belongs to a zombie or
 * a stranger, so this proves first that the owner is gone and that no process works in the folder, and waits up to 15 s for that.
 */
export async function clearStaleFiles(layout: ClusterLayout, answers: () => Promise<boolean>): Promise<void> {
  const left = readPostmasterFile(layout.cluster);
  for (let round = 0; round < 300 && processesIn(layout.cluster).length > 0; round += 1) await delay(50);
  const users = processesIn(layout.cluster);
  // A server in another container sharing this folder has a number that means nothing here, but its socket answers.
  if (users.length > 0 || (left !== undefined && (await answers()))) {
    throw new AppError(
      'ALREADY_RUNNING',
      `The database folder ${layout.cluster} is in use by ${users.length > 0 ? `process ${users.join(', ')}` : 'a server of another container'}. Stop it first.`,
    );
  }
  if (process.platform === 'win32') return; // There the server recognises its own leftovers.
  rmSync(path.join(layout.cluster, 'postmaster.pid'), { force: true });
  if (layout.socketDir === undefined) return;
  if (!existsSync(layout.socketDir)) return;
  // Whatever port it had: the folder is this cluster's alone.
  const sockets = readdirSync(layout.socketDir).filter((name) => name.startsWith('.s.PGSQL.'));
  for (const name of sockets) rmSync(path.join(layout.socketDir, name), { force: true });
}

/** Logs in and compares the folder the server works in; answers the error when it cannot, or undefined when all is well. */
export async function probe(connection: ConnectionConfig, cluster: string): Promise<Error | undefined> {
  const client = new pg.Client({ ...connection, database: 'postgres', connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // The query that fails says it.
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string }>(`select current_setting('data_directory') as directory`);
    return rows[0]?.directory === cluster
      ? undefined
      : new Error(`another server answers there, of ${rows[0]?.directory ?? 'an unknown folder'}`);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await client.end().catch(() => undefined); // Already gone.
  }
}

/** Creates `database` when it does not exist. */
export async function ensureDatabase(connection: ConnectionConfig, database: string): Promise<void> {
  const client = new pg.Client({ ...connection, database: 'postgres' });
  client.on('error', () => undefined); // The query that fails says it.
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}
