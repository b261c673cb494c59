import { setTimeout as delay } from 'node:timers/promises';
import { AppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { isPassing } from './database.ts';
import { connectClient } from './connection.ts';
import type { ConnectionConfig } from './connection.ts';

/** The oldest PostgreSQL that has everything the platform uses. */
const OLDEST_MAJOR = 15;

/** Which server, and how long to wait for it. */
export interface ReachServerOptions {
  connection: ConnectionConfig;
  logger: Logger;
  /** How long a server that is just starting is waited for; 30 s unless given. */
  patienceMs?: number;
}

/**
 * Waits until the server of `DATABASE_URL` answers and answers its version number (for example 150018). Rejects with
 * `STORAGE_UNAVAILABLE` when it cannot be reached and with `INVALID_CONFIG` when it is too old or does not store UTF-8.
 */
export async function reachServer(options: ReachServerOptions): Promise<number> {
  const deadline = performance.now() + (options.patienceMs ?? 30_000);
  let told = false;
  for (;;) {
    try {
      return await inspect(options);
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (!isPassing(error) || performance.now() >= deadline) throw unreachable(options.connection, error);
      if (!told)
        options.logger.warn({ part: 'database', error: messageOf(error) }, `Waiting for the database at ${addressOf(options.connection)}.`);
      told = true;
      await delay(500);
    }
  }
}

async function inspect({ connection, logger }: ReachServerOptions): Promise<number> {
  const client = await connectClient(connection, logger);
  try {
    const { rows } = await client.query<{ number: number; version: string; encoding: string }>(
      `select current_setting('server_version_num')::int as number, current_setting('server_version') as version, current_setting('server_encoding') as encoding`,
    );
    const [server] = rows;
    if (server === undefined) throw new Error('the server did not tell its version');
    refuseUnfit(server, addressOf(connection));
    return server.number;
  } finally {
    await client.end();
  }
}

/** Rejects with `INVALID_CONFIG` what the platform cannot run on. */
export function refuseUnfit(server: { number: number; version: string; encoding: string }, address: string): void {
  if (server.number < OLDEST_MAJOR * 10_000) {
    throw new AppError(
      'INVALID_CONFIG',
      `DATABASE_URL: the server at ${address} is PostgreSQL ${server.version}; ${OLDEST_MAJOR} or newer is needed. Upgrade it or use another.`,
    );
  }
  if (server.encoding !== 'UTF8') {
    throw new AppError(
      'INVALID_CONFIG',
      `DATABASE_URL: the database at ${address} stores ${server.encoding}; UTF8 is needed. Create one with "encoding 'UTF8'".`,
    );
  }
}

function unreachable(connection: ConnectionConfig, cause: unknown): AppError {
  return new AppError(
    'STORAGE_UNAVAILABLE',
    `DATABASE_URL: cannot log in at ${addressOf(connection)}: ${messageOf(cause)}. Check the address, the user and that the server runs.`,
    {
      cause,
      retryable: true,
    },
  );
}

/** Host and database of a connection, without its password. */
export function addressOf(connection: ConnectionConfig): string {
  const { connectionString, host = 'localhost', port = 5432, database = '' } = connection;
  if (connectionString === undefined) return `${host}:${port}/${database}`;
  const found = /^[a-z]+:\/\/(?:[^@/]*@)?([^?#]*)/.exec(connectionString)?.[1] ?? '';
  return found.startsWith('/') ? `localhost${found}` : found;
}
