import { ROLES } from '../../core/permissions.ts';
import type { Permission, RoleName } from '../../core/permissions.ts';

const NAMES = Object.keys(ROLES) as RoleName[];

/** The built-in roles that have a permission, the most powerful first. */
export function rolesWith(permission: Permission): readonly RoleName[] {
  return NAMES.filter((role) => {
    const permissions: readonly Permission[] = ROLES[role];
    return permissions.includes(permission);
  });
}
