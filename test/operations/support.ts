import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { silentLogger } from '../../src/core/logger.ts';
import { EmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';
import { runningServerOf } from '../../src/storage/embedded/running-server.ts';
import type { ConnectionConfig } from '../../src/storage/connection.ts';
import { databasePassword } from '../support/embedded-server.ts';

const SCRIPTS = path.join(import.meta.dirname, '..', '..', 'scripts');

/** A script as a process of its own, as `npm run` starts it. */
export interface ScriptRun {
  pid: number;
  /** What it has said so far. */
  said(): string;
  ended: Promise<{ code: number | null; output: string }>;
}

/** Starts `scripts/<name>.ts`. */
export function startScript(name: 'backup' | 'restore', args: string[], env: Record<string, string>): ScriptRun {
  const child = spawn(process.execPath, [path.join(SCRIPTS, `${name}.ts`), ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: os.tmpdir(),
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
  return { pid: child.pid ?? 0, said: () => output, ended };
}

/** Runs `scripts/<name>.ts` to its end; answers its exit code and everything it said. */
export function runScript(name: 'backup' | 'restore', args: string[], env: Record<string, string>) {
  return startScript(name, args, env).ended;
}

/** Every row of the platform's tables, by a checksum of its text: `table -> checksums`. Partitions are read through their parents. */
export type Rows = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads the rows of a database as its owner. */
export async function rowsOf(connection: ConnectionConfig): Promise<Rows> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined); // The query that fails says it.
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('public', 'pgboss') and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
    );
    const all = new Map<string, Set<string>>();
    for (const { name } of tables) {
      const { rows } = await client.query<{ sum: string }>(`select md5(t::text) as sum from ${name} t`);
      all.set(name, new Set(rows.map(({ sum }) => sum)));
    }
    return all;
  } finally {
    await client.end();
  }
}

/** The database of a running platform. */
export function runningDatabase(dataDir: string): ConnectionConfig {
  const connection = runningServerOf(dataDir, databasePassword(dataDir));
  if (connection === undefined) throw new Error(`No server runs on ${dataDir}`);
  return connection;
}

/** The database of a stopped platform, for the length of `work`. */
export async function withStoppedDatabase<Result>(
  dataDir: string,
  work: (connection: ConnectionConfig) => Promise<Result>,
): Promise<Result> {
  const embedded = new EmbeddedPostgres({ dataDir, password: databasePassword(dataDir), logger: silentLogger });
  try {
    return await work(await embedded.start());
  } finally {
    await embedded.stop();
  }
}
