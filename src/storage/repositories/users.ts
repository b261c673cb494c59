import type { RoleName } from '../../core/permissions.ts';
import type { Queryable } from '../database.ts';

/** A person as the platform keeps him. */
export interface UserRecord {
  userId: string;
  tenantId: string;
  username: string;
  passwordHash: string;
  role: RoleName;
  mustChangePassword: boolean;
  disabled: boolean;
}

interface UserRow {
  user_id: string;
  tenant_id: string;
  username: string;
  password_hash: string;
  role: RoleName;
  must_change_password: boolean;
  disabled: boolean;
}

const COLUMNS = 'user_id, tenant_id, username, password_hash, role, must_change_password, disabled_at is not null as disabled';

/** Turns a row into a record. */
export function userOf(row: UserRow): UserRecord {
  return {
    userId: row.user_id,
    tenantId: row.tenant_id,
    username: row.username,
    passwordHash: row.password_hash,
    role: row.role,
    mustChangePassword: row.must_change_password,
    disabled: row.disabled,
  };
}

/** The person with this name, whatever its case; names are unique in the installation. */
export async function findUserByName(db: Queryable, username: string): Promise<UserRecord | undefined> {
  const { rows } = await db.query<UserRow>(`select ${COLUMNS} from users where lower(username) = lower($1)`, [username]);
  return rows[0] === undefined ? undefined : userOf(rows[0]);
}

/** The person with this id. */
export async function findUserById(db: Queryable, userId: string): Promise<UserRecord | undefined> {
  const { rows } = await db.query<UserRow>(`select ${COLUMNS} from users where user_id = $1`, [userId]);
  return rows[0] === undefined ? undefined : userOf(rows[0]);
}

/** The first administrator of the installation, if there is one. */
export async function findAdministrator(db: Queryable): Promise<UserRecord | undefined> {
  const { rows } = await db.query<UserRow>(`select ${COLUMNS} from users where role = 'admin' order by created_at limit 1`);
  return rows[0] === undefined ? undefined : userOf(rows[0]);
}

/** Adds a person. Fails with SQLSTATE 23505 when the name is taken. */
export async function insertUser(db: Queryable, user: Omit<UserRecord, 'disabled'>): Promise<void> {
  await db.query(
    `insert into users (user_id, tenant_id, username, password_hash, role, must_change_password) values ($1, $2, $3, $4, $5, $6)`,
    [user.userId, user.tenantId, user.username, user.passwordHash, user.role, user.mustChangePassword],
  );
}

/** Sets a person's password; it is the person's own from then on. */
export async function updatePassword(db: Queryable, userId: string, passwordHash: string): Promise<void> {
  await db.query(`update users set password_hash = $2, must_change_password = false, updated_at = now() where user_id = $1`, [
    userId,
    passwordHash,
  ]);
}
