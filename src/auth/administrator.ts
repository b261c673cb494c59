import { AppError } from '../core/errors.ts';
import type { NewId } from '../core/ids.ts';
import type { Database } from '../storage/database.ts';
import { findAdministrator, findUserByLogin, insertUser } from '../storage/repositories/users.ts';
import { generatePassword, hashPassword } from './passwords.ts';

/** Who the first administrator is to be. */
export interface AdministratorOptions {
  tenantId: string;
  /** `ADMIN_USERNAME`; used only when there is no administrator yet. */
  username: string;
  /** `ADMIN_PASSWORD`; undefined: one is generated, which must be changed at the first login. */
  password: string | undefined;
  newId: NewId;
}

/**
 * Makes sure that there is an administrator. `password` is answered only when one was generated just now: it is shown once and kept
 * nowhere. Fails with CONFLICT when the wanted name belongs to somebody else.
 */
export async function ensureAdministrator(
  database: Database,
  options: AdministratorOptions,
): Promise<{ username: string; password?: string }> {
  const existing = await findAdministrator(database.system);
  if (existing !== undefined) return { username: existing.username };
  if ((await findUserByLogin(database.system, options.username)) !== undefined) {
    throw new AppError('CONFLICT', `ADMIN_USERNAME "${options.username}" belongs to a user who is no administrator; choose another name.`);
  }
  const generated = options.password === undefined ? generatePassword() : undefined;
  await insertUser(database.system, {
    userId: options.newId(),
    tenantId: options.tenantId,
    username: options.username,
    passwordHash: await hashPassword(options.password ?? generated ?? ''),
    roles: ['admin'],
    mustChangePassword: generated !== undefined,
  });
  return generated === undefined ? { username: options.username } : { username: options.username, password: generated };
}
