import type { PatchRole, Role, WriteRole } from '../contracts/users.ts';
import { AppError } from '../core/errors.ts';
import type { NewId } from '../core/ids.ts';
import { PERMISSIONS, ROLES } from '../core/permissions.ts';
import type { Permission, RoleName } from '../core/permissions.ts';
import type { Principal } from '../core/principal.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { deleteRole, findRole, holdersOf, insertRole, listRoles, updateRole } from '../storage/repositories/roles.ts';
import type { RoleFields, RoleRow } from '../storage/repositories/roles.ts';
import { lockPeople } from '../storage/repositories/users.ts';
import { assertHas, BUILT_IN_ROLES, isBuiltIn, isPermission } from './rights.ts';
import type { SessionService } from './session-service.ts';
import { isTaken } from './taken-name.ts';

/** What the administration of roles uses. */
export interface RoleServiceDeps {
  database: Database;
  sessions: Pick<SessionService, 'rightsChanged'>;
  newId: NewId;
}

/** A role before and after a change. */
export interface ChangedRole {
  before: Role;
  after: Role;
}

/** Roles of one tenant at most; more than anybody can tell apart. */
const MOST_ROLES = 200;

const DESCRIPTIONS: Readonly<Record<RoleName, string>> = {
  admin: 'Everything, people and the audit log included',
  engineer: 'Devices, rules, flows and the editor, dashboards, reports and keys; not people',
  operator: 'Reads; handles alerts, sends allowed commands, tries rules',
  viewer: 'Reads devices, telemetry, alerts, rules, dashboards and reports',
};

/** They are not in the database, but addresses and clients want an id for everything. */
const BUILT_IN: readonly Role[] = BUILT_IN_ROLES.map((name, i) => ({
  id: `00000000-0000-4000-8000-00000000010${String(i)}`,
  name,
  description: DESCRIPTIONS[name],
  permissions: [...ROLES[name]],
  built_in: true,
  created_at: null,
  updated_at: null,
}));

/** The roles of a tenant: the built-in ones, which stay as they are, and those made of permissions by its administrators. */
export class RoleService {
  private readonly deps: RoleServiceDeps;

  constructor(deps: RoleServiceDeps) {
    this.deps = deps;
  }

  /** Every role: the built-in ones first, the others by name. */
  async list(tenantId: string): Promise<Role[]> {
    const rows = await this.deps.database.asTenant(tenantId, (tx) => listRoles(tx, tenantId));
    return [...BUILT_IN, ...rows.map(shown)];
  }

  /** One role. Fails with NOT_FOUND. */
  async get(tenantId: string, roleId: string): Promise<Role> {
    const builtIn = BUILT_IN.find(({ id }) => id === roleId);
    return builtIn ?? shown(await this.deps.database.asTenant(tenantId, (tx) => existing(tx, tenantId, roleId)));
  }

  /** Makes a role. Fails with CONFLICT when the name is taken, with FORBIDDEN for permissions that `maker` does not have. */
  async create(maker: Principal, { name, description = '', permissions: words }: WriteRole): Promise<Role> {
    const { tenantId } = maker;
    const permissions = checked(maker, words);
    refuseBuiltInName(name);
    const roleId = this.deps.newId();
    const row = await this.deps.database
      .asTenant(tenantId, async (tx) => {
        await lockPeople(tx, tenantId);
        if ((await listRoles(tx, tenantId)).length >= MOST_ROLES)
          throw new AppError('CONFLICT', `There are ${String(MOST_ROLES)} roles already, which is the most. Remove one that nobody holds.`);
        await insertRole(tx, { tenantId, roleId }, { name, description, permissions });
        return existing(tx, tenantId, roleId);
      })
      .catch(taken(name));
    return shown(row);
  }

  /** Writes a whole role; fails as `change` does. */
  replace(maker: Principal, roleId: string, { name, description = '', permissions }: WriteRole): Promise<ChangedRole> {
    return this.change(maker, roleId, { name, description, permissions });
  }

  /**
   * Changes the fields that are given; who holds the role has its new rights at once. Fails with NOT_FOUND, with CONFLICT for built-in
   * roles and taken names, and with FORBIDDEN when the role has, or would get, permissions that `maker` does not have.
   */
  async change(maker: Principal, roleId: string, fields: PatchRole): Promise<ChangedRole> {
    const { tenantId } = maker;
    refuseBuiltIn(roleId, 'changed');
    if (fields.name !== undefined) refuseBuiltInName(fields.name);
    const { before, after, holders } = await this.deps.database
      .asTenant(tenantId, async (tx) => {
        await lockPeople(tx, tenantId);
        const role = await existing(tx, tenantId, roleId);
        assertHas(maker, role.permissions.filter(isPermission), `change the role "${role.name}"`);
        const { name, description, permissions } = fields;
        const next: RoleFields = {
          name: name ?? role.name,
          description: description ?? role.description,
          permissions: permissions === undefined ? role.permissions : checked(maker, permissions),
        };
        await updateRole(tx, tenantId, role, next);
        return { before: role, after: await existing(tx, tenantId, roleId), holders: await holdersOf(tx, tenantId, next.name) };
      })
      .catch(taken(fields.name ?? ''));
    await this.deps.sessions.rightsChanged(tenantId, holders);
    return { before: shown(before), after: shown(after) };
  }

  /** Removes a role that nobody holds. Fails with NOT_FOUND, and with CONFLICT for built-in ones and while somebody holds it. */
  async remove(maker: Principal, roleId: string): Promise<Role> {
    const { tenantId } = maker;
    refuseBuiltIn(roleId, 'removed');
    return this.deps.database.asTenant(tenantId, async (tx) => {
      await lockPeople(tx, tenantId);
      const role = await existing(tx, tenantId, roleId);
      assertHas(maker, role.permissions.filter(isPermission), `remove the role "${role.name}"`);
      const holders = (await holdersOf(tx, tenantId, role.name)).length;
      if (holders > 0) {
        const who = holders === 1 ? '1 user holds' : `${String(holders)} users hold`;
        const list = `GET /api/v1/users?role=${encodeURIComponent(role.name)}`;
        throw new AppError('CONFLICT', `${who} the role "${role.name}". Give them other roles first: ${list} lists them.`);
      }
      await deleteRole(tx, tenantId, roleId);
      return shown(role);
    });
  }
}

async function existing(tx: Queryable, tenantId: string, roleId: string): Promise<RoleRow> {
  const role = await findRole(tx, tenantId, roleId);
  if (role !== undefined) return role;
  throw new AppError('NOT_FOUND', `There is no role with the id ${roleId}. GET /api/v1/roles lists them.`);
}

function shown({ id, name, description, permissions, created_at, updated_at }: RoleRow): Role {
  return { id, name, description, permissions: permissions.filter(isPermission), built_in: false, created_at, updated_at };
}

/** The words as permissions, once each; fails for unknown ones and for those that `maker` does not have. */
function checked(maker: Principal, words: readonly string[]): Permission[] {
  const permissions = words.map((word, i) => {
    if (isPermission(word)) return word;
    const field = `permissions.${String(i)}`;
    const message = `"${field}" is ${JSON.stringify(word)}; send one of ${Object.keys(PERMISSIONS).join(', ')}.`;
    throw new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
  });
  assertHas(maker, permissions, 'make a role of this');
  return [...new Set(permissions)];
}

function refuseBuiltIn(roleId: string, what: string): void {
  const role = BUILT_IN.find(({ id }) => id === roleId);
  if (role === undefined) return;
  throw new AppError(
    'CONFLICT',
    `The role "${role.name}" is built in and cannot be ${what}. Make a role of your own with POST /api/v1/roles.`,
  );
}

function refuseBuiltInName(name: string): void {
  if (isBuiltIn(name)) throw nameTaken(name);
}

function taken(name: string): (error: unknown) => never {
  return (error) => {
    throw isTaken(error) ? nameTaken(name) : error;
  };
}

function nameTaken(name: string): AppError {
  const message = `There is a role "${name}" already; names of roles are the same in any case. Choose another.`;
  return new AppError('CONFLICT', message, { errors: [{ field: 'name', message }] });
}
