import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { silentLogger } from '../../src/core/logger.ts';
import { EmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';
import { isServerOf } from '../../src/storage/embedded/postmaster.ts';
import { isAlive, processesIn } from '../../src/storage/embedded/processes.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { openDatabase } from '../../src/storage/postgres.ts';
import type { ConnectionConfig, OpenDatabase } from '../../src/storage/postgres.ts';

/** A database of its own, migrated, on the one server of this run. */
export interface TestDatabase {
  db: OpenDatabase;
  /** As the owner: may create partitions and change tables. */
  connection: ConnectionConfig;
  /** The same as an address, for what is configured by `DATABASE_URL`. */
  url: string;
  /** Closes `db` and removes the database, whoever is still connected. */
  drop(): Promise<void>;
}

interface Server {
  embedded: EmbeddedPostgres;
  folder: string;
  admin: ConnectionConfig;
}

const PREFIX = 'insa-test-';
const TEMPLATE = 'insa_template';
let server: Promise<Server> | undefined;
let count = 0;

/** A fresh migrated database. The server starts with the first call and ends with the run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const connection = await createDatabase(TEMPLATE);
  const db = await openDatabase({ connection, logger: silentLogger });
  return {
    db,
    connection,
    url: urlOf(connection),
    drop: async () => {
      await db.close();
      await dropDatabase(connection);
    },
  };
}

/** An empty database without any table, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<{ connection: ConnectionConfig; url: string; drop(): Promise<void> }> {
  const connection = await createDatabase('template0');
  return { connection, url: urlOf(connection), drop: () => dropDatabase(connection) };
}

/** Runs one statement as the owner of `connection`'s database, on a connection of its own. */
export async function queryOnce(connection: ConnectionConfig, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined); // The query that fails says it.
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function createDatabase(template: string): Promise<ConnectionConfig> {
  server ??= startServer();
  const { admin } = await server;
  count += 1;
  const database = `test_${process.pid}_${count}`;
  // Copying files is the faster way on a server that flushes nothing.
  await queryOnce(admin, `create database ${database} template ${template} strategy file_copy`);
  return { ...admin, database };
}

async function dropDatabase(connection: ConnectionConfig): Promise<void> {
  if (server === undefined) return;
  await queryOnce((await server).admin, `drop database if exists ${connection.database ?? ''} with (force)`);
}

function urlOf({ host = '', port = 5432, user = '', password, database = '' }: ConnectionConfig): string {
  return `postgres://${user}:${String(password)}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
}

async function startServer(): Promise<Server> {
  removeLeftovers();
  const folder = mkdtempSync(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`));
  chmodForServer(folder);
  // Nothing of a test has to survive a power cut; a killed process loses nothing without fsync either.
  const settings = {
    fsync: 'off',
    full_page_writes: 'off',
    synchronous_commit: 'on',
    max_connections: '200',
    shared_buffers: '64MB',
    max_wal_size: '256MB',
    min_wal_size: '32MB',
  };
  const embedded = new EmbeddedPostgres({ dataDir: folder, password: randomBytes(16).toString('hex'), logger: silentLogger, settings });
  const owner = await embedded.start();
  process.once('exit', () => endNow({ embedded, folder }));
  const admin = { ...owner, database: 'postgres' };
  await queryOnce(admin, `create database ${TEMPLATE}`);
  await migrate({ connection: { ...admin, database: TEMPLATE }, logger: silentLogger });
  return { embedded, folder, admin };
}

/** mkdtemp makes 0700; as root the server runs as another user and has to pass through. */
function chmodForServer(folder: string): void {
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
}

/** The last resort when the run ends without the hook below: no goodbye, the data is thrown away. */
function endNow({ embedded, folder }: Pick<Server, 'embedded' | 'folder'>): void {
  if (embedded.serverPid !== undefined) killServer(folder, embedded.serverPid);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Servers of runs that were killed. */
function removeLeftovers(): void {
  for (const name of readdirSync(os.tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    const folder = path.join(os.tmpdir(), name);
    const pid = pidIn(path.join(folder, 'postgres', 'cluster', 'postmaster.pid'));
    if (pid !== undefined) killServer(folder, pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function pidIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}

/** Ends a server without a checkpoint and waits, blocking, until nothing of it writes any more. */
function killServer(folder: string, pid: number): void {
  const cluster = path.join(folder, 'postgres', 'cluster');
  if (!isServerOf(cluster, pid)) return;
  process.kill(pid, 'SIGQUIT');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let round = 0; round < 200 && (isAlive(pid) || processesIn(cluster).length > 0); round += 1) Atomics.wait(pause, 0, 0, 10);
}

// Test files import this while mocha loads them, so this is a hook of the whole run.
if (typeof after === 'function') {
  after(async function stopTestServer() {
    if (server === undefined) return;
    const { embedded, folder } = await server;
    server = undefined;
    await embedded.stop();
    rmSync(folder, { recursive: true, force: true });
  });
}
