import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';

/** A person as logins need him. */
export interface UserRecord {
  userId: string;
  tenantId: string;
  username: string;
  email: string | null;
  passwordHash: string;
  /** Names of roles, at least one. */
  roles: string[];
  mustChangePassword: boolean;
  disabled: boolean;
}

/** A new person. */
export type NewUser = Omit<UserRecord, 'disabled' | 'email'> & { email?: string | null; displayName?: string | null };

/** A person as the API shows him, with the words of those of his roles that are not built in. */
export interface UserRow {
  id: string;
  username: string;
  email: string | null;
  display_name: string | null;
  roles: string[];
  disabled: boolean;
  must_change_password: boolean;
  last_login_at: string | null;
  created_at: string;
  updated_at: string;
  own_permissions: string[];
}

/** Which people to list: by user name after the cursor; `search` is found in name, e-mail or display name. */
export interface UserQuery {
  tenantId: string;
  search: string | undefined;
  role: string | undefined;
  disabled: boolean | undefined;
  after: { name: string; id: string } | undefined;
  limit: number;
}

const RECORD = `user_id as "userId", tenant_id as "tenantId", username, email, password_hash as "passwordHash", roles,
  must_change_password as "mustChangePassword", disabled_at is not null as disabled`;

/** SQL for the words of a person's roles that are not built in; `u` is the row of `users`. */
export const OWN_PERMISSIONS = `array(select distinct p from roles r, unnest(r.permissions) p where r.tenant_id = u.tenant_id and r.name = any(u.roles))`;

const SHOWN = `u.user_id as id, u.username, u.email, u.display_name, u.roles, u.disabled_at is not null as disabled, u.must_change_password,
  ${isoMs('u.last_login_at')} as last_login_at, ${isoMs('u.created_at')} as created_at, ${isoMs('u.updated_at')} as updated_at,
  ${OWN_PERMISSIONS} as own_permissions`;

/** The person who logs in with this name or e-mail address, whatever its case; both are unique in the installation. */
export async function findUserByLogin(db: Queryable, typed: string): Promise<UserRecord | undefined> {
  const { rows } = await db.query<UserRecord>(
    `select ${RECORD} from users where user_id = (select user_id from login_names where name = lower($1))`,
    [typed],
  );
  return rows[0];
}

/**
 * The person with this id, held until the end of the transaction. Whoever makes or ends logins of a person does so behind this lock:
 * otherwise a refresh under way would outlive the end of all logins.
 */
export async function lockUser(tx: Queryable, userId: string): Promise<UserRecord | undefined> {
  const { rows } = await tx.query<UserRecord>(`select ${RECORD} from users where user_id = $1 for no key update`, [userId]);
  return rows[0];
}

/** The first administrator of the installation, if there is one. */
export async function findAdministrator(db: Queryable): Promise<UserRecord | undefined> {
  const { rows } = await db.query<UserRecord>(`select ${RECORD} from users where 'admin' = any(roles) order by created_at limit 1`);
  return rows[0];
}

/** Every administrator of the installation, disabled ones too, the oldest first. */
export async function listAdministrators(db: Queryable): Promise<UserRecord[]> {
  const { rows } = await db.query<UserRecord>(`select ${RECORD} from users where 'admin' = any(roles) order by created_at, username`);
  return rows;
}

/** Adds a person. Fails with SQLSTATE 23505 when the name or the e-mail address is taken by somebody, as name or as address. */
export async function insertUser(db: Queryable, user: NewUser): Promise<void> {
  await db.query(
    `insert into users (user_id, tenant_id, username, email, display_name, password_hash, roles, must_change_password)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      user.userId,
      user.tenantId,
      user.username,
      user.email ?? null,
      user.displayName ?? null,
      user.passwordHash,
      user.roles,
      user.mustChangePassword,
    ],
  );
}

/** Sets a person's password; `mustChange` when somebody else chose it. */
export async function updatePassword(
  db: Queryable,
  target: { tenantId: string; userId: string },
  password: { hash: string; mustChange: boolean },
): Promise<void> {
  await db.query(
    `update users set password_hash = $3, must_change_password = $4, updated_at = now() where tenant_id = $1 and user_id = $2`,
    [target.tenantId, target.userId, password.hash, password.mustChange],
  );
}

/** Makes a person an administrator who can log in with a new password that has to be changed. */
export async function restoreAdministrator(tx: Queryable, userId: string, passwordHash: string): Promise<void> {
  await tx.query(
    `update users set password_hash = $2, must_change_password = true, disabled_at = null, updated_at = now(),
            roles = case when 'admin' = any(roles) then roles else array_prepend('admin', roles) end
      where user_id = $1`,
    [userId, passwordHash],
  );
}

/** Writes down when a person last logged in, and from where. */
export async function noteLogin(db: Queryable, user: { tenantId: string; userId: string }, place: string, atMs: number): Promise<void> {
  const at = new Date(atMs);
  await db.query('update users set last_login_at = $2 where user_id = $1', [user.userId, at]);
  await db.query(
    `insert into login_places (user_id, place, tenant_id, last_at) values ($1, $2, $3, $4) on conflict (user_id, place) do update set last_at = excluded.last_at`,
    [user.userId, place, user.tenantId, at],
  );
}

/** Whether a person has logged in from this place since the instant. */
export async function hasLoggedInFrom(db: Queryable, userId: string, place: string, sinceMs: number): Promise<boolean> {
  const { rows } = await db.query('select 1 from login_places where user_id = $1 and place = $2 and last_at >= $3', [
    userId,
    place,
    new Date(sinceMs),
  ]);
  return rows.length > 0;
}

/** Forgets places that nobody has logged in from since the instant. */
export async function deleteOldPlaces(db: Queryable, beforeMs: number): Promise<void> {
  await db.query('delete from login_places where last_at < $1', [new Date(beforeMs)]);
}

/** One person of a tenant. */
export async function findUser(db: Queryable, tenantId: string, userId: string): Promise<UserRow | undefined> {
  const { rows } = await db.query<UserRow>(`select ${SHOWN} from users u where u.tenant_id = $1 and u.user_id = $2`, [tenantId, userId]);
  return rows[0];
}

/** People in the order of their names; case does not count. */
export async function listUsers(db: Queryable, query: UserQuery): Promise<(UserRow & { sort_name: string })[]> {
  const pattern = query.search === undefined ? null : `%${query.search.replace(/[\\%_]/g, '\\$&')}%`;
  const { rows } = await db.query<UserRow & { sort_name: string }>(
    `select ${SHOWN}, lower(u.username) as sort_name from users u
      where u.tenant_id = $1 and ($2::text is null or u.username ilike $2 or u.email ilike $2 or u.display_name ilike $2)
        and ($3::text is null or exists (select 1 from unnest(u.roles) held where lower(held) = lower($3)))
        and ($4::boolean is null or (u.disabled_at is not null) = $4)
        and ($5::text is null or (lower(u.username), u.user_id) > ($5, $6::uuid))
      order by lower(u.username), u.user_id limit $7`,
    [query.tenantId, pattern, query.role ?? null, query.disabled ?? null, query.after?.name ?? null, query.after?.id ?? null, query.limit],
  );
  return rows;
}

/** What is written of a person; the whole record. */
export interface UserFields {
  username: string;
  email: string | null;
  display_name: string | null;
  roles: string[];
  disabled: boolean;
}

/** Writes the record of a person. Fails with SQLSTATE 23505 as `insertUser` does. */
export async function updateUser(db: Queryable, target: { tenantId: string; userId: string }, fields: UserFields): Promise<void> {
  await db.query(
    `update users set username = $3, email = $4, display_name = $5, roles = $6, updated_at = now(),
            disabled_at = case when $7 then coalesce(disabled_at, now()) end
      where tenant_id = $1 and user_id = $2`,
    [target.tenantId, target.userId, fields.username, fields.email, fields.display_name, fields.roles, fields.disabled],
  );
}

/** Removes a person with his logins. */
export async function deleteUser(db: Queryable, tenantId: string, userId: string): Promise<void> {
  await db.query('delete from users where tenant_id = $1 and user_id = $2', [tenantId, userId]);
}

/**
 * Lets one transaction at a time change the people and roles of a tenant, until its end: who counts administrators or holders of a role
 * must not be overtaken.
 */
export async function lockPeople(tx: Queryable, tenantId: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('insa people ' || $1, 0))`, [tenantId]);
}

/** Whether a tenant has an administrator who can log in, the named person aside. */
export async function hasOtherAdministrator(tx: Queryable, tenantId: string, userId: string): Promise<boolean> {
  const { rows } = await tx.query(
    `select 1 from users where tenant_id = $1 and user_id <> $2 and disabled_at is null and 'admin' = any(roles) limit 1`,
    [tenantId, userId],
  );
  return rows.length > 0;
}
