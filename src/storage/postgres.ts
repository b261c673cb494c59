import pg from 'pg';
import type { Logger } from '../core/logger.ts';
import { CONNECT_TIMEOUT_MS, asRole, connectClient } from './connection.ts';
import type { ConnectionConfig } from './connection.ts';
import type { Database, Queryable } from './database.ts';
import { API_ROLE, PLATFORM_ROLE, rolesAreUsable } from './roles.ts';

export type { ConnectionConfig };

/** Which database, and how many connections. */
export interface OpenDatabaseOptions {
  connection: ConnectionConfig;
  logger: Logger;
  /** Connections of the platform's own pool; 10 unless given. */
  systemPoolSize?: number;
  /** Connections of the pool that serves requests; 10 unless given. */
  apiPoolSize?: number;
}

/** How a thread of its own connects; plain data, which can be given to it. */
export type WorkerConnection = pg.ClientConfig;

/** An open `Database`; `close` ends its pools (not the clients of `connect()`, which belong to their callers). */
export interface OpenDatabase extends Database {
  /** For connections as `connect` makes them, in another thread. */
  readonly connectionOfWorker: WorkerConnection;
  close(): Promise<void>;
}

/**
 * Opens the pools of a migrated database. Where the roles `insa_ingest` and `insa_api` exist and the user may take them,
 * every connection starts as one of them, so that a forgotten condition in a query cannot show another tenant's rows.
 * Rejects with the `pg` error when the server cannot be reached.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const { connection, logger } = options;
  const isolation = (await rolesAreUsable(connection, logger)) ? 'role' : 'query';
  if (isolation === 'query') {
    logger.warn(
      { part: 'database' },
      'The database user may not use the roles insa_ingest and insa_api: tenants are kept apart by queries alone.',
    );
  }
  const configOf = (role: string, name: string): pg.ClientConfig => ({
    ...(isolation === 'role' ? asRole(connection, role) : connection),
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  const system = newPool(configOf(PLATFORM_ROLE, 'insa-platform'), options.systemPoolSize ?? 10, logger);
  const api = newPool(configOf(API_ROLE, 'insa-api'), options.apiPoolSize ?? 10, logger);
  let closing: Promise<void> | undefined;
  return {
    system,
    isolation,
    transaction: (work) => inTransaction(system, work),
    asTenant: (tenantId, work) => inTransaction(api, (tx) => ofTenant(tx, tenantId, work)),
    readAsTenant: (tenantId, read) =>
      // Without roles a pooler may stand between, which gives each statement another session: the tenant must be said in a transaction.
      isolation === 'role' ? readInSession(api, tenantId, read) : inTransaction(api, (tx) => ofTenant(tx, tenantId, read)),
    connect: () => connectClient(configOf(PLATFORM_ROLE, 'insa-worker'), logger),
    connectionOfWorker: configOf(PLATFORM_ROLE, 'insa-backtest'),
    close: () => (closing ??= Promise.all([system.end(), api.end()]).then(() => undefined)),
  };
}

/** A pool whose lost idle connections are logged; the caller ends it. */
export function newPool(config: pg.ClientConfig, max: number, logger: Logger): pg.Pool {
  const pool = new pg.Pool({ ...config, max, idleTimeoutMillis: 60_000 });
  // A server that stops ends idle connections with an error; the pool replaces them at the next query.
  // Once the pool is being ended nobody will miss one.
  pool.on('error', (error) => {
    if (!pool.ending) logger.warn({ part: 'database', error: error.message }, 'An idle database connection was lost.');
  });
  return pool;
}

async function ofTenant<Result>(tx: Queryable, tenantId: string, work: (tx: Queryable) => Promise<Result>): Promise<Result> {
  await tx.query(`select set_config('app.tenant', $1, true)`, [tenantId]);
  return work(tx);
}

/** Whose reads a connection answers outside transactions; said to the server only when another tenant's turn comes. */
const tenantOfSession = new WeakMap<pg.PoolClient, string>();

async function readInSession<Result>(pool: pg.Pool, tenantId: string, read: (db: Queryable) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    if (tenantOfSession.get(client) !== tenantId) await turnTo(client, tenantId);
    return await read(client);
  } catch (error) {
    // A connection of which it is not known for sure whose it is is given to nobody.
    if (tenantOfSession.get(client) !== tenantId) broken ??= new Error('the connection did not turn to the tenant', { cause: error });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

async function turnTo(client: pg.PoolClient, tenantId: string): Promise<void> {
  tenantOfSession.delete(client);
  await client.query(`select set_config('app.tenant', $1, false)`, [tenantId]);
  tenantOfSession.set(client, tenantId);
}

/** One transaction on a connection of the pool, rolled back when `work` rejects. */
export async function inTransaction<Result>(pool: pg.Pool, work: (tx: Queryable) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // While it is checked out nobody but the running query hears about the loss of this connection.
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // A connection that cannot roll back is not given to anybody else.
    await client.query('rollback').catch((rollbackError: unknown) => {
      broken ??= new Error('the connection cannot roll back', { cause: rollbackError });
    });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
