import type { CreateUser, PatchUser, ReplaceUser, User } from '../contracts/users.ts';
import { AppError } from '../core/errors.ts';
import type { NewId } from '../core/ids.ts';
import { ROLES } from '../core/permissions.ts';
import type { Permission } from '../core/permissions.ts';
import type { Principal } from '../core/principal.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { listRoles } from '../storage/repositories/roles.ts';
import { loginsOf } from '../storage/repositories/tokens.ts';
import {
  deleteUser,
  findUser,
  hasOtherAdministrator,
  insertUser,
  listUsers,
  lockPeople,
  updateUser,
} from '../storage/repositories/users.ts';
import type { UserFields, UserQuery, UserRow } from '../storage/repositories/users.ts';
import { checkPassword } from './password-rules.ts';
import { generatePassword, hashPassword } from './passwords.ts';
import { assertHas, builtInOf, isPermission, permissionsOf } from './rights.ts';
import type { SessionService } from './session-service.ts';
import { takenName } from './taken-name.ts';

/** What the administration of people uses. */
export interface UserServiceDeps {
  database: Database;
  sessions: SessionService;
  newId: NewId;
}

/** A person before and after a change. */
export interface ChangedUser {
  before: User;
  after: User;
}

/** A person with the password that was generated for him; undefined when one was given. */
export interface UserWithPassword {
  user: User;
  password: string | undefined;
}

/**
 * The people of a tenant. Nobody gives a role, or changes a person, with more permissions than he has himself; the last administrator
 * who can log in stays one. What a change takes away is gone at once: logins and open connections end.
 */
export class UserService {
  private readonly deps: UserServiceDeps;

  constructor(deps: UserServiceDeps) {
    this.deps = deps;
  }

  /** People in the order of their names, with the key of their place in it. */
  async list(query: UserQuery): Promise<{ user: User; sortName: string }[]> {
    const rows = await this.deps.database.asTenant(query.tenantId, (tx) => listUsers(tx, query));
    return rows.map((row) => ({ user: shown(row), sortName: row.sort_name }));
  }

  /** One person. Fails with NOT_FOUND. */
  async get(tenantId: string, userId: string): Promise<User> {
    return shown(await this.deps.database.asTenant(tenantId, (tx) => existing(tx, tenantId, userId)));
  }

  /** Makes an account. Fails with CONFLICT when a name is taken, with FORBIDDEN when `maker` lacks what the roles give. */
  async create(maker: Principal, fields: CreateUser): Promise<UserWithPassword> {
    const { database, newId } = this.deps;
    const { tenantId } = maker;
    const { username, email = null, display_name: displayName = null } = fields;
    if (fields.password !== undefined) checkPassword(fields.password, [username, email], 'password');
    const generated = fields.password === undefined ? generatePassword() : undefined;
    const passwordHash = await hashPassword(fields.password ?? generated ?? '');
    const userId = newId();
    const user = await database
      .asTenant(tenantId, async (tx) => {
        await lockPeople(tx, tenantId);
        const roles = await this.givable(tx, maker, fields.roles);
        const mustChangePassword = generated !== undefined || fields.must_change_password !== false;
        await insertUser(tx, { userId, tenantId, username, email, displayName, passwordHash, roles, mustChangePassword });
        return existing(tx, tenantId, userId);
      })
      .catch(takenName({ username, email }));
    return { user: shown(user), password: generated };
  }

  /** Writes the whole record; fails as `change` does. */
  replace(maker: Principal, userId: string, fields: ReplaceUser): Promise<ChangedUser> {
    const { username, email = null, display_name = null, roles, disabled = false } = fields;
    return this.change(maker, userId, { username, email, display_name, roles, disabled });
  }

  /**
   * Changes the fields that are given. Fails with NOT_FOUND; with FORBIDDEN when the person or the new roles have more permissions than
   * `maker`; with CONFLICT when a name is taken, when nobody would be left to administer, and for disabling oneself.
   */
  async change(maker: Principal, userId: string, fields: PatchUser): Promise<ChangedUser> {
    const { database, sessions } = this.deps;
    const { tenantId } = maker;
    const changed = await database
      .asTenant(tenantId, async (tx) => {
        await lockPeople(tx, tenantId);
        const before = await existing(tx, tenantId, userId);
        assertRules(maker, before);
        const next = await this.nextOf(tx, maker, before, fields);
        if (next.disabled && isSelf(maker, userId))
          throw new AppError('CONFLICT', 'You cannot disable yourself; ask another administrator.');
        if (next.disabled || !next.roles.includes('admin')) await assertNotLast(tx, tenantId, before);
        await updateUser(tx, { tenantId, userId }, next);
        return { before: shown(before), after: shown(await existing(tx, tenantId, userId)) };
      })
      .catch(takenName(fields));
    const { before, after } = changed;
    if (after.disabled && !before.disabled) await sessions.endAll({ tenantId, userId });
    else if (before.username !== after.username || before.roles.join() !== after.roles.join())
      await sessions.rightsChanged(tenantId, [userId]);
    return changed;
  }

  /** Removes a person; what he did stays in the log under his name. Fails as `change` does, and with CONFLICT for removing oneself. */
  async remove(maker: Principal, userId: string): Promise<User> {
    const { database, sessions } = this.deps;
    const { tenantId } = maker;
    const { user, logins } = await database.asTenant(tenantId, async (tx) => {
      await lockPeople(tx, tenantId);
      const before = await existing(tx, tenantId, userId);
      assertRules(maker, before);
      if (isSelf(maker, userId)) throw new AppError('CONFLICT', 'You cannot remove yourself; ask another administrator.');
      await assertNotLast(tx, tenantId, before);
      const open = await loginsOf(database.system, [userId]);
      await deleteUser(tx, tenantId, userId);
      return { user: shown(before), logins: open.map(({ loginId }) => loginId) };
    });
    sessions.gone({ tenantId, userId }, logins);
    return user;
  }

  /**
   * Gives a person a new password, which must be changed at the next login, and ends every login. Fails as `change` does, and with
   * CONFLICT for one's own: that is changed with the current one.
   */
  async resetPassword(maker: Principal, userId: string, password: string | undefined): Promise<UserWithPassword> {
    const { database, sessions } = this.deps;
    const { tenantId } = maker;
    const user = await database.asTenant(tenantId, (tx) => existing(tx, tenantId, userId));
    assertRules(maker, user);
    if (isSelf(maker, userId)) throw new AppError('CONFLICT', 'Change your own password with PUT /api/v1/auth/password.');
    if (password !== undefined) checkPassword(password, [user.username, user.email], 'password');
    const generated = password === undefined ? generatePassword() : undefined;
    await sessions.resetPassword({ tenantId, userId }, await hashPassword(password ?? generated ?? ''));
    return { user: { ...shown(user), must_change_password: true }, password: generated };
  }

  private async nextOf(tx: Queryable, maker: Principal, before: UserRow, fields: PatchUser): Promise<UserFields> {
    const { username, email, display_name: displayName, roles, disabled } = fields;
    return {
      username: username ?? before.username,
      email: email === undefined ? before.email : email,
      display_name: displayName === undefined ? before.display_name : displayName,
      roles: roles === undefined ? before.roles : await this.givable(tx, maker, roles),
      disabled: disabled ?? before.disabled,
    };
  }

  /** The roles by their own names, once each. Fails with INVALID_REQUEST for unknown ones, with FORBIDDEN for more than `maker` has. */
  private async givable(tx: Queryable, maker: Principal, names: readonly string[]): Promise<string[]> {
    const own = await listRoles(tx, maker.tenantId);
    const found = names.map((name, i) => {
      const builtIn = builtInOf(name);
      if (builtIn !== undefined) return { name: builtIn, permissions: new Set<Permission>(ROLES[builtIn]) };
      const role = own.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
      if (role === undefined) throw unknownRole(i, name);
      return { name: role.name, permissions: new Set(role.permissions.filter(isPermission)) };
    });
    for (const { name, permissions } of found) assertHas(maker, permissions, `give the role "${name}"`);
    return [...new Set(found.map(({ name }) => name))];
  }
}

async function existing(tx: Queryable, tenantId: string, userId: string): Promise<UserRow> {
  const user = await findUser(tx, tenantId, userId);
  if (user !== undefined) return user;
  throw new AppError('NOT_FOUND', `There is no user with the id ${userId}. GET /api/v1/users lists them.`);
}

/** Whoever could reset the password of somebody stronger would be as strong. */
function assertRules(maker: Principal, user: UserRow): void {
  assertHas(maker, permissionsOf(user.roles, user.own_permissions), `change the account of ${user.username}`);
}

/** Only behind `lockPeople`: of two administrators who remove each other one has to fail. */
async function assertNotLast(tx: Queryable, tenantId: string, before: UserRow): Promise<void> {
  if (before.disabled || !before.roles.includes('admin') || (await hasOtherAdministrator(tx, tenantId, before.id))) return;
  throw new AppError(
    'CONFLICT',
    `${before.username} is the last administrator who can log in, and stays one. Make somebody else an administrator first.`,
  );
}

function isSelf(maker: Principal, userId: string): boolean {
  return maker.kind === 'user' && maker.userId === userId;
}

function shown({ id, username, email, display_name, roles, disabled, must_change_password, ...times }: UserRow): User {
  const { last_login_at, created_at, updated_at } = times;
  return { id, username, email, display_name, roles, disabled, must_change_password, last_login_at, created_at, updated_at };
}

function unknownRole(i: number, name: string): AppError {
  const field = `roles.${String(i)}`;
  const message = `"${field}" is ${JSON.stringify(name)}, which is no role here; GET /api/v1/roles lists them.`;
  return new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}
