import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Database } from '../storage/database.ts';
import { revokeAllFamilies } from '../storage/repositories/tokens.ts';
import { findUserByLogin, listAdministrators, lockUser, restoreAdministrator } from '../storage/repositories/users.ts';
import type { UserRecord } from '../storage/repositories/users.ts';
import type { AuditLog } from './audit.ts';
import { changesOf } from './audit-changes.ts';
import { generatePassword, hashPassword } from './passwords.ts';

/** Whom to let in again, and where that is written down. */
export interface ResetAdministratorOptions {
  database: Database;
  audit: AuditLog;
  clock: Clock;
  /** A user name or e-mail address; undefined: the only administrator there is. */
  username: string | undefined;
}

/**
 * Lets somebody in who has lost the way: a new generated password (shown once, to be changed at the login), an account that is enabled and has
 * the role admin, no login of before. Fails with NOT_FOUND naming the administrators when nobody has the name, and with CONFLICT when
 * none was given and there are several.
 */
export async function resetAdministrator(options: ResetAdministratorOptions): Promise<{ username: string; password: string }> {
  const { database, audit, clock } = options;
  const { userId } = await wanted(options);
  const password = generatePassword();
  const passwordHash = await hashPassword(password);
  const before = await database.transaction(async (tx) => {
    const user = await lockUser(tx, userId);
    if (user === undefined) throw new AppError('NOT_FOUND', 'The account was removed just now. Run it again.');
    await restoreAdministrator(tx, userId, passwordHash);
    await revokeAllFamilies(tx, userId, clock.nowMs());
    return user;
  });
  const { tenantId, username, roles, disabled } = before;
  const rolesNow = roles.includes('admin') ? roles : ['admin', ...roles];
  const details = { generated: true, ...changesOf({ roles, disabled }, { roles: rolesNow, disabled: false }) };
  await audit.record({ tenantId, actor: 'reset-admin', action: 'password.reset', target: username, outcome: 'ok', details });
  return { username, password };
}

async function wanted({ database, username }: ResetAdministratorOptions): Promise<UserRecord> {
  const administrators = await listAdministrators(database.system);
  if (username !== undefined) {
    const user = username.includes('\u0000') ? undefined : await findUserByLogin(database.system, username);
    if (user !== undefined) return user;
    throw new AppError('NOT_FOUND', `Nobody logs in as "${username}". ${describe(administrators)}`);
  }
  const [only, ...others] = administrators;
  if (only === undefined) throw new AppError('NOT_FOUND', `${describe([])} Name somebody who is to be one: --username NAME.`);
  if (others.length > 0)
    throw new AppError('CONFLICT', `There are several administrators; name one with --username. ${describe(administrators)}`);
  return only;
}

function describe(administrators: readonly UserRecord[]): string {
  if (administrators.length === 0) return 'There is no administrator.';
  const names = administrators.map(({ username, disabled }) => `"${username}"${disabled ? ' (disabled)' : ''}`).join(', ');
  return administrators.length === 1 ? `The administrator is ${names}.` : `Administrators are ${names}.`;
}
