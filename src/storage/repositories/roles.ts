import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';

/** A role that somebody made. */
export interface RoleRow {
  id: string;
  name: string;
  description: string;
  /** As they were written; a later version may not know all of them. */
  permissions: string[];
  created_at: string;
  updated_at: string;
}

/** What is written of a role. */
export interface RoleFields {
  name: string;
  description: string;
  permissions: readonly string[];
}

const COLUMNS = `role_id as id, name, description, permissions, ${isoMs('created_at')} as created_at, ${isoMs('updated_at')} as updated_at`;

/** The roles that a tenant made, by name. There are few: an administrator makes them by hand. */
export async function listRoles(db: Queryable, tenantId: string): Promise<RoleRow[]> {
  const { rows } = await db.query<RoleRow>(`select ${COLUMNS} from roles where tenant_id = $1 order by lower(name)`, [tenantId]);
  return rows;
}

/** One role of a tenant. */
export async function findRole(db: Queryable, tenantId: string, roleId: string): Promise<RoleRow | undefined> {
  const { rows } = await db.query<RoleRow>(`select ${COLUMNS} from roles where tenant_id = $1 and role_id = $2`, [tenantId, roleId]);
  return rows[0];
}

/** Adds a role. Fails with SQLSTATE 23505 when the tenant has one of that name. */
export async function insertRole(
  db: Queryable,
  target: { tenantId: string; roleId: string },
  { name, description, permissions }: RoleFields,
): Promise<void> {
  await db.query('insert into roles (role_id, tenant_id, name, description, permissions) values ($1, $2, $3, $4, $5)', [
    target.roleId,
    target.tenantId,
    name,
    description,
    permissions,
  ]);
}

/** Writes a role; those who hold it hold it under its new name. Fails with SQLSTATE 23505 as `insertRole` does. */
export async function updateRole(tx: Queryable, tenantId: string, before: RoleRow, fields: RoleFields): Promise<void> {
  await tx.query(
    'update roles set name = $3, description = $4, permissions = $5, updated_at = now() where tenant_id = $1 and role_id = $2',
    [tenantId, before.id, fields.name, fields.description, fields.permissions],
  );
  if (fields.name === before.name) return;
  await tx.query('update users set roles = array_replace(roles, $2, $3), updated_at = now() where tenant_id = $1 and $2 = any(roles)', [
    tenantId,
    before.name,
    fields.name,
  ]);
}

/** Removes a role. */
export async function deleteRole(db: Queryable, tenantId: string, roleId: string): Promise<void> {
  await db.query('delete from roles where tenant_id = $1 and role_id = $2', [tenantId, roleId]);
}

/** The ids of those who hold a role. */
export async function holdersOf(db: Queryable, tenantId: string, name: string): Promise<string[]> {
  const { rows } = await db.query<{ user_id: string }>('select user_id from users where tenant_id = $1 and $2 = any(roles)', [
    tenantId,
    name,
  ]);
  return rows.map((row) => row.user_id);
}
