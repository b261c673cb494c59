import pg from 'pg';
import type { BucketCounts } from '../core/bucket-counts.ts';
import type { Logger } from '../core/logger.ts';
import type { DatabasePool } from '../contracts/metrics.ts';
import { CONNECT_TIMEOUT_MS, asRole, connectClient } from './connection.ts';
import type { ConnectionConfig } from './connection.ts';
import type { Database, Queryable } from './database.ts';
import { timeQueries } from './query-times.ts';
import type { QueryTally } from './query-times.ts';
import { API_ROLE, PLATFORM_ROLE, rolesAreUsable } from './roles.ts';
import { WrittenTables } from './written-tables.ts';

export type { ConnectionConfig };

/** Which database, and how many connections. */
export interface OpenDatabaseOptions {
  connection: ConnectionConfig;
  logger: Logger;
  /** Connections of the platform's own pool; 10 unless given. */
  systemPoolSize?: number;
  /** Connections of the pool that serves requests; 10 unless given. */
  apiPoolSize?: number;
  /** Times the statements of both pools; nobody does unless it is given. */
  queries?: QueryTally | undefined;
}

/** A pool at this moment. */
export interface PoolFigures {
  pool: DatabasePool;
  /** Connections that it may have. */
  most: number;
  /** Connections that it has, and those among them that nobody uses. */
  open: number;
  idle: number;
  /** Who waits for a connection. */
  waiting: number;
}

/** How a thread of its own connects; plain data, which can be given to it. */
export type WorkerConnection = pg.ClientConfig;

/** An open `Database`; `close` ends its pools (not the clients of `connect()`, which belong to their callers). */
export interface OpenDatabase extends Database {
  /** For connections as `connect` makes them, in another thread. */
  readonly connectionOfWorker: WorkerConnection;
  /** Who wants to hear what is written. */
  readonly writes: WrittenTables;
  /** How busy its pools are now. */
  pools(): PoolFigures[];
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
  const pools = [['system', system] as const, ['api', api] as const];
  // Before the first statement: a connection that is there already would never be timed.
  for (const [name, pool] of pools) timePool(pool, options.queries?.of(name));
  const writes = new WrittenTables();
  await writes.load(system);
  let closing: Promise<void> | undefined;
  return {
    system: telling(system, writes),
    isolation,
    writes,
    transaction: (work) => inTransaction(system, work, writes),
    asTenant: (tenantId, work) => tellingTransaction(api, { writes, tenantId }, (tx) => ofTenant(tx, tenantId, work)),
    readAsTenant: (tenantId, read) =>
      // Without roles a pooler may stand between, which gives each statement another session: the tenant must be said in a transaction.
      isolation === 'role' ? readInSession(api, tenantId, read) : inTransaction(api, (tx) => ofTenant(tx, tenantId, read)),
    snapshotAsTenant: (tenantId, look, { statementMs }) =>
      bareTransaction(api, (tx) => ofTenant(tx, tenantId, look, statementMs), 'begin isolation level repeatable read read only'),
    connect: () => connectClient(configOf(PLATFORM_ROLE, 'insa-worker'), logger),
    connectionOfWorker: configOf(PLATFORM_ROLE, 'insa-backtest'),
    pools: () => pools.map(([name, pool]) => figuresOf(name, pool)),
    close: () => (closing ??= Promise.all([system.end(), api.end()]).then(() => undefined)),
  };
}

function timePool(pool: pg.Pool, took: BucketCounts | undefined): void {
  if (took !== undefined) pool.on('connect', (client) => timeQueries(client, took));
}

function figuresOf(name: DatabasePool, { options, totalCount, idleCount, waitingCount }: pg.Pool): PoolFigures {
  return { pool: name, most: options.max, open: totalCount, idle: idleCount, waiting: waitingCount };
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

/** `statementMs`: how long each statement may take; undefined: as long as the server allows. */
async function ofTenant<Result>(
  tx: Queryable,
  tenantId: string,
  work: (tx: Queryable) => Promise<Result>,
  statementMs?: number,
): Promise<Result> {
  if (statementMs === undefined) await tx.query(`select set_config('app.tenant', $1, true)`, [tenantId]);
  else
    await tx.query(`select set_config('app.tenant', $1, true), set_config('statement_timeout', $2, true)`, [tenantId, String(statementMs)]);
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

/** One transaction on a connection of the pool, rolled back when `work` rejects; with `writes` what it wrote is told. */
export function inTransaction<Result>(pool: pg.Pool, work: (tx: Queryable) => Promise<Result>, writes?: WrittenTables): Promise<Result> {
  return writes === undefined ? bareTransaction(pool, work) : tellingTransaction(pool, { writes, tenantId: undefined }, work);
}

/** Told also when it fails: a commit whose answer was lost may have happened. */
async function tellingTransaction<Result>(
  pool: pg.Pool,
  { writes, tenantId }: { writes: WrittenTables; tenantId: string | undefined },
  work: (tx: Queryable) => Promise<Result>,
): Promise<Result> {
  const tables = new Set<string>();
  try {
    return await bareTransaction(pool, (client) => work(writes.noting(client, tables)));
  } finally {
    await writes.tell(tenantId, tables);
  }
}

/** The same pool, whose single statements tell what they wrote before their answer is given. */
function telling(pool: pg.Pool, writes: WrittenTables): pg.Pool {
  return new Proxy(pool, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, args);
        const tables = name === 'query' ? writes.tablesOf(...args) : [];
        if (tables.length === 0 || !(answer instanceof Promise)) return answer;
        return answer.finally(() => writes.tell(undefined, new Set(tables)));
      };
    },
  });
}

async function bareTransaction<Result>(pool: pg.Pool, work: (tx: Queryable) => Promise<Result>, begin = 'begin'): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // While it is checked out nobody but the running query hears about the loss of this connection.
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query(begin);
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
