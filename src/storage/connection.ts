import pg from 'pg';
import type { Logger } from '../core/logger.ts';

/** Where a PostgreSQL server is and how to log in: what the embedded server answers, or `{ connectionString }` of `DATABASE_URL`. */
export type ConnectionConfig = Pick<pg.ClientConfig, 'connectionString' | 'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'>;

/** How long a connection is waited for, in a pool's queue too. */
export const CONNECT_TIMEOUT_MS = 5_000;

/**
 * A connected client whose later errors are logged instead of ending the process (an unheard `error` event would).
 * The caller ends it.
 */
export async function connectClient(config: pg.ClientConfig, logger: Logger): Promise<pg.Client> {
  const client = new pg.Client({ connectionTimeoutMillis: CONNECT_TIMEOUT_MS, ...config });
  client.on('error', (error) => logger.warn({ part: 'database', error: error.message }, 'A database connection was lost.'));
  await client.connect();
  return client;
}

/** `connection` with every session starting as `role`; settings that the address itself carries stay. */
export function asRole(connection: ConnectionConfig, role: string): pg.ClientConfig {
  const start = `-c role=${role}`;
  if (connection.connectionString === undefined) return { ...connection, options: start };
  // What stands in the address wins over every other field, and the last of two equal parameters wins in the address.
  const url = connection.connectionString;
  const present = /[?&]options=([^&#]*)/.exec(url)?.[1];
  const combined = present === undefined ? start : `${decodeURIComponent(present.replaceAll('+', ' '))} ${start}`;
  return { ...connection, connectionString: `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(combined)}` };
}
