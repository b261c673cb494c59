import type pg from 'pg';
import type { Logger } from '../core/logger.ts';
import { messageOf } from '../core/errors.ts';
import { asRole, connectClient } from './connection.ts';
import type { ConnectionConfig } from './connection.ts';

/** The platform's own work: sees every tenant. */
export const PLATFORM_ROLE = 'insa_ingest';
/** Requests: sees the tenant that the transaction names. */
export const API_ROLE = 'insa_api';

/** SQLSTATEs of "another process has just done the same": roles belong to the server, so a lock of one database does not help. */
const DONE_BY_ANOTHER = new Set(['42710', '23505', 'XX000']);
const NOT_ALLOWED = '42501';

/**
 * Creates both roles and lets the current user take them. On a server whose administrator does not allow that, nothing
 * happens and the answer is false; `openDatabase` then isolates tenants by query alone.
 */
export async function ensureRoles(client: pg.ClientBase, logger: Logger): Promise<boolean> {
  for (const role of [PLATFORM_ROLE, API_ROLE]) {
    const { rows } = await client.query(
      `select exists (select from pg_roles where rolname = $1) as present,
              case when exists (select from pg_roles where rolname = $1) then pg_has_role(current_user, $1, 'member') end as member`,
      [role],
    );
    const state: unknown = rows[0];
    if (isPresent(state, 'present') === false && !(await attempt(client, `create role ${role} nologin`, logger))) return false;
    if (isPresent(state, 'member') !== true && !(await attempt(client, `grant ${role} to current_user`, logger))) return false;
  }
  return true;
}

function isPresent(row: unknown, field: string): unknown {
  return typeof row === 'object' && row !== null ? Reflect.get(row, field) : undefined;
}

async function attempt(client: pg.ClientBase, sql: string, logger: Logger): Promise<boolean> {
  try {
    await client.query(sql);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (DONE_BY_ANOTHER.has(code)) return true;
    if (code !== NOT_ALLOWED) throw error;
    logger.warn({ part: 'database', sql, error: messageOf(error) }, 'The database user may not create or grant roles.');
    return false;
  }
}

/** True when both roles exist, hold the rights that the first migration grants, and a session of the user can start as them. */
export async function rolesAreUsable(connection: ConnectionConfig, logger: Logger): Promise<boolean> {
  const plain = await connectClient(connection, logger);
  try {
    const { rows } = await plain.query<{ usable: boolean }>(
      `select count(*) = 2 and bool_and(has_table_privilege(rolname, to_regclass('devices'), 'select')) as usable
         from pg_roles where rolname = any($1)`,
      [[PLATFORM_ROLE, API_ROLE]],
    );
    if (rows[0]?.usable !== true) return false;
  } finally {
    await plain.end();
  }
  return (await startsAs(connection, PLATFORM_ROLE, logger)) && (await startsAs(connection, API_ROLE, logger));
}

/** Some poolers in front of a server drop or refuse the start-up options; only a session that really is the role counts. */
async function startsAs(connection: ConnectionConfig, role: string, logger: Logger): Promise<boolean> {
  try {
    const client = await connectClient(asRole(connection, role), logger);
    try {
      const { rows } = await client.query<{ role: string }>('select current_user::text as role');
      return rows[0]?.role === role;
    } finally {
      await client.end();
    }
  } catch (error) {
    logger.warn({ part: 'database', role, error: messageOf(error) }, 'A session cannot start as this role.');
    return false;
  }
}
