import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { AppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { connectClient } from './connection.ts';
import type { ConnectionConfig } from './connection.ts';
import { installJobQueue } from './job-queue.ts';
import { ensureRoles } from './roles.ts';

/** Where the program's migrations are: beside this file, in the sources and in the compiled program alike. */
export const MIGRATIONS_DIR = path.join(import.meta.dirname, 'migrations');

const MIGRATIONS_TABLE = 'schema_migrations';
/** Any number, the same in every version: whoever migrates this database holds it. */
const MIGRATION_LOCK = 4_957_331_001;

/** Which database, and from where. */
export interface MigrateOptions {
  connection: ConnectionConfig;
  logger: Logger;
  /** The folder of `NNNN_name.sql` files; the program's own unless given. */
  directory?: string;
}

/**
 * Brings the database to the program's schema and answers the names of the migrations it applied. Each runs in a transaction
 * of its own; two processes that start at once wait for each other. Rejects with `SCHEMA_TOO_NEW` when the database has
 * migrations that this program does not know, and with `STORAGE_UNAVAILABLE` naming the migration that failed.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { connection, logger } = options;
  const directory = options.directory ?? MIGRATIONS_DIR;
  const client = await connectClient({ ...connection, application_name: 'insa-migrate' }, logger);
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const known = await migrationNames(directory);
    const applied = await appliedMigrations(client);
    refuseNewerSchema(known, applied);
    const pending = known.filter((name) => !applied.includes(name));
    if (pending.length > 0) await ensureRoles(client, logger);
    const names = pending.length === 0 ? [] : await run(client, directory, logger);
    // Its tables are not ours: the queue brings them to its own version.
    if (options.directory === undefined) await installJobQueue(client, logger);
    return names;
  } finally {
    // Ends the session, and with it the lock and whatever a failed migration left open.
    await client.end();
  }
}

async function run(client: pg.Client, directory: string, logger: Logger): Promise<string[]> {
  // Loaded only when there is something to do: it is large, and most starts need nothing of it.
  const { runner } = await import('node-pg-migrate');
  const log = logger.child({ part: 'migrate' });
  const said: string[] = [];
  try {
    const ran = await runner({
      dbClient: client,
      dir: directory,
      // Leaves out anything that is not a migration, such as an editor's backup file.
      ignorePattern: '(?!\\d{4}_.*\\.sql$).*',
      direction: 'up',
      migrationsTable: MIGRATIONS_TABLE,
      singleTransaction: false,
      advisoryLockMode: 'wait',
      logger: {
        debug: (text: string) => log.debug({}, text),
        info: (text: string) => {
          said.push(text);
          log.debug({}, text);
        },
        warn: (text: string) => log.debug({}, text),
        error: (text: string) => log.debug({}, text),
      },
    });
    for (const { name } of ran) log.info({ migration: name }, 'Applied a migration.');
    return ran.map(({ name }) => name);
  } catch (error) {
    const at = said.findLast((text) => text.startsWith('### MIGRATION'))?.split(' ')[2];
    throw new AppError(
      'STORAGE_UNAVAILABLE',
      `Migration ${at ?? '(unknown)'} failed and was rolled back: ${messageOf(error)}. Nothing was started; repair the cause and start again.`,
      { cause: error, details: { migration: at } },
    );
  }
}

/** The names of the migrations in `directory`, in order; the program's own unless given. */
export async function migrationNames(directory = MIGRATIONS_DIR): Promise<string[]> {
  const files = (await readdir(directory)).filter((file) => /^\d{4}_.*\.sql$/.test(file)).sort();
  if (files.length === 0)
    throw new AppError('STORAGE_UNAVAILABLE', `No migrations in ${directory}: the installation is not complete, build it again.`);
  return files.map((file) => file.slice(0, -'.sql'.length));
}

/** The names of the migrations that a database has, in order; none when it is empty. */
export async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const { rows: tables } = await client.query<{ present: boolean }>(
    `select to_regclass('public.${MIGRATIONS_TABLE}') is not null as present`,
  );
  if (tables[0]?.present !== true) return [];
  const { rows } = await client.query<{ name: string }>(`select name from ${MIGRATIONS_TABLE} order by id`);
  return rows.map(({ name }) => name);
}

/** Rejects with `SCHEMA_TOO_NEW` when a database has migrations that the program does not know. */
export function refuseNewerSchema(known: readonly string[], applied: readonly string[]): void {
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new AppError(
    'SCHEMA_TOO_NEW',
    `The database has migrations that this version does not know (${unknown.join(', ')}): a newer version made it. Start that version, or restore a backup.`,
    { details: { unknown } },
  );
}
