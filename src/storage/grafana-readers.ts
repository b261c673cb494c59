import pg from 'pg';
import { AppError } from '../core/errors.ts';
import type { ConnectionConfig } from './connection.ts';
import type { Queryable } from './database.ts';
import { scramVerifier } from './scram.ts';

/** The role that may read the views for Grafana; whoever logs in to read is a member of it. */
export const READERS_ROLE = 'insa_grafana';

/** Connections that one reader may have: room is left for the platform on a server that takes 60. */
const CONNECTIONS = 10;

/** What each session of a reader begins with. Only the rights of the role are a wall; these keep mistakes small. */
const SESSION = {
  default_transaction_read_only: 'on',
  statement_timeout: '30s',
  lock_timeout: '5s',
  idle_in_transaction_session_timeout: '60s',
  search_path: 'public',
  timezone: 'UTC',
  jit: 'off',
};

/** A login role of the server and the tenant that it reads. */
export interface GrafanaReader {
  name: string;
  tenantId: string;
  /** For links from Grafana to the web app; without a slash at its end. */
  platformUrl: string;
  createdAt: Date;
  /** Null: the password is the first one. */
  rotatedAt: Date | null;
}

/** Fails with STORAGE_UNAVAILABLE when the database is of a version that has no readers. */
export async function requireReaders(db: Queryable): Promise<void> {
  const { rows } = await db.query<{ present: boolean }>(`select to_regclass('grafana_readers') is not null as present`);
  if (rows[0]?.present !== true)
    throw new AppError(
      'STORAGE_UNAVAILABLE',
      'The database has no views for Grafana yet. Start the platform of this version once, then run this again.',
    );
}

/** All readers of the installation by name. */
export async function listReaders(db: Queryable): Promise<GrafanaReader[]> {
  const { rows } = await db.query<GrafanaReader>(
    `select role_name::text as name, tenant_id as "tenantId", platform_url as "platformUrl", created_at as "createdAt", rotated_at as "rotatedAt"
       from grafana_readers order by role_name`,
  );
  return rows;
}

/** The tenants there are, by id. */
export async function tenantIds(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('select tenant_id as id from tenants order by 1');
  return rows.map(({ id }) => id);
}

/** Writes down whom a reader reads for. */
export async function insertReader(tx: Queryable, reader: Pick<GrafanaReader, 'name' | 'tenantId' | 'platformUrl'>): Promise<void> {
  await tx.query('insert into grafana_readers (role_name, tenant_id, platform_url) values ($1, $2, $3)', [
    reader.name,
    reader.tenantId,
    reader.platformUrl,
  ]);
}

/** Writes down that a reader got another password, and where the platform is now. */
export async function touchReader(tx: Queryable, { name, platformUrl }: Pick<GrafanaReader, 'name' | 'platformUrl'>): Promise<void> {
  await tx.query('update grafana_readers set rotated_at = now(), platform_url = $2 where role_name = $1', [name, platformUrl]);
}

/** Forgets a reader: from then on its role sees no row. */
export async function deleteReader(tx: Queryable, name: string): Promise<void> {
  await tx.query('delete from grafana_readers where role_name = $1', [name]);
}

/**
 * What is known of a role of the server; undefined: there is none of the name. `isStrong`: it has an attribute that a reader must not have, does not log
 * in, or is a member of another role than that of readers, itself or through one.
 */
export async function roleOf(db: Queryable, name: string): Promise<{ isMember: boolean; isStrong: boolean } | undefined> {
  const { rows } = await db.query<{ isMember: boolean; isStrong: boolean }>(
    `select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or not rolcanlogin
            or exists (select from pg_roles g where g.oid <> r.oid and g.rolname <> $2 and pg_has_role(r.oid, g.oid, 'member')) as "isStrong",
            exists (select from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid and g.rolname = $2) as "isMember"
       from pg_roles r where rolname = $1`,
    [name, READERS_ROLE],
  );
  return rows[0];
}

/** Makes the role of all readers if the server has none, and gives it the views of this database. */
export async function openViews(tx: Queryable): Promise<void> {
  if ((await roleOf(tx, READERS_ROLE)) === undefined) await tx.query(`create role ${READERS_ROLE} nologin`);
  await tx.query('select insa_grant_grafana()');
}

/** Makes a login role, or gives one that is there another password. */
export async function writeRole(tx: Queryable, name: string, password: string): Promise<void> {
  const role = pg.escapeIdentifier(name);
  const rights = `login nosuperuser nocreatedb nocreaterole noreplication connection limit ${String(CONNECTIONS)}`;
  const verb = (await roleOf(tx, name)) === undefined ? 'create' : 'alter';
  await tx.query(`${verb} role ${role} ${rights} password ${pg.escapeLiteral(scramVerifier(password))}`);
  await tx.query(`grant ${READERS_ROLE} to ${role}`);
  for (const [setting, value] of Object.entries(SESSION)) await tx.query(`alter role ${role} set ${setting} = '${value}'`);
}

/**
 * Removes a login role from the server. Its sessions end where this user may end them; elsewhere they see no row any more, because the reader is forgotten.
 */
export async function dropRole(tx: Queryable, name: string): Promise<void> {
  if ((await roleOf(tx, name)) === undefined) return;
  await tx.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and pg_has_role(current_user, $1::name, 'usage')`,
    [name],
  );
  await tx.query(`drop role ${pg.escapeIdentifier(name)}`);
}

/** True for the answer of a server whose administrator does not let this user make roles. */
export function mayNotMakeRoles(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42501';
}

/** Where a connection leads, as the driver reads it: a host or the folder of a socket, port and database. */
export function placeOf(connection: ConnectionConfig): Pick<ConnectionConfig, 'host' | 'port' | 'database'> {
  if (connection.connectionString === undefined) return connection;
  const { host, port, database } = new pg.Client(connection);
  return { host, port, ...(database === undefined ? {} : { database }) };
}
