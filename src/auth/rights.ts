import { AppError } from '../core/errors.ts';
import { PERMISSIONS, ROLES } from '../core/permissions.ts';
import type { Permission, RoleName } from '../core/permissions.ts';
import type { Principal } from '../core/principal.ts';

/** The names of the built-in roles, the strongest first. */
export const BUILT_IN_ROLES = Object.keys(ROLES) as RoleName[];

/** Whether a role is one of those that come with the program; names of roles are the same in any case. */
export function isBuiltIn(name: string): boolean {
  return builtInOf(name) !== undefined;
}

/** The built-in role of this name, whatever its case. */
export function builtInOf(name: string): RoleName | undefined {
  return BUILT_IN_ROLES.find((builtIn) => builtIn === name.toLowerCase());
}

/** Whether a word is a permission of this version. */
export function isPermission(word: string): word is Permission {
  return Object.hasOwn(PERMISSIONS, word);
}

/**
 * What somebody may do: the union over his roles. `own` are the words of his roles that are not built in; those that this version does
 * not know give nothing.
 */
export function permissionsOf(roles: readonly string[], own: readonly string[]): ReadonlySet<Permission> {
  const builtIn = BUILT_IN_ROLES.filter((name) => roles.includes(name)).flatMap((name): readonly Permission[] => ROLES[name]);
  return new Set([...builtIn, ...own.filter(isPermission)]);
}

/** The one word for somebody with several roles: the strongest built-in one, otherwise the first. */
export function strongestOf(roles: readonly string[]): string {
  return BUILT_IN_ROLES.find((name) => roles.includes(name)) ?? roles[0] ?? 'none';
}

/** Fails with FORBIDDEN when `giver` lacks one of the permissions: nobody hands out, or rules over, more than he has himself. */
export function assertHas(giver: Principal, permissions: Iterable<Permission>, deed: string): void {
  const missing = [...permissions].filter((permission) => !giver.permissions.has(permission));
  if (missing.length === 0) return;
  const words = missing.map((permission) => `"${permission}"`).join(', ');
  throw new AppError('FORBIDDEN', `You cannot ${deed}: that takes ${words}, which you do not have yourself. Ask an administrator.`);
}
