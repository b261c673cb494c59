import { PERMISSIONS, ROLES } from '../../core/permissions.ts';
import type { Permission, RoleName } from '../../core/permissions.ts';
import type { Route, RoutePermission } from '../route.ts';
import { escapeHtml, page } from './page.ts';

/** The built-in roles, the most powerful first. */
export const ROLE_NAMES = Object.keys(ROLES) as readonly RoleName[];

/** What stands above the tables, in plain words. */
export const PERMISSIONS_INTRODUCTION =
  'Every route of the API asks for one permission. The built-in roles have those marked here; a role of your own has those you give it; an API key has those it was issued with, at most those of its maker.';

/** Groups of routes that ask for no permission of the table. */
const UNTABLED: readonly (readonly [RoutePermission, string])[] = [
  ['authenticated', 'Anybody who is known'],
  ['public', 'Everybody, without a login'],
];

/** The built-in roles that have a permission, the most powerful first. */
export function rolesWith(permission: Permission): readonly RoleName[] {
  return ROLE_NAMES.filter((role) => {
    const permissions: readonly Permission[] = ROLES[role];
    return permissions.includes(permission);
  });
}

/** One row of the table: a permission, who has it, and the routes that ask for it as `GET /devices`. */
export interface PermissionRow {
  permission: RoutePermission;
  title: string;
  roles: readonly RoleName[];
  routes: readonly string[];
}

/** Every permission in the order of the table, then the routes that need none of them. */
export function permissionRows(routes: readonly Route[]): readonly PermissionRow[] {
  const routesOf = (wanted: RoutePermission) =>
    routes.filter(({ permission }) => permission === wanted).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  const names = Object.keys(PERMISSIONS) as Permission[];
  return [
    ...names.map((permission) => ({
      permission,
      title: PERMISSIONS[permission],
      roles: rolesWith(permission),
      routes: routesOf(permission),
    })),
    ...UNTABLED.map(([permission, title]) => ({ permission, title, roles: ROLE_NAMES, routes: routesOf(permission) })),
  ];
}

/** The page of roles and permissions. */
export function permissionsPage(routes: readonly Route[]): string {
  const rows = permissionRows(routes);
  const heads = ROLE_NAMES.map((role) => `<th>${role}</th>`).join('');
  const table = rows
    .filter(({ permission }) => Object.hasOwn(PERMISSIONS, permission))
    .map(({ permission, title, roles }) => {
      const marks = ROLE_NAMES.map((role) => `<td class="mark">${roles.includes(role) ? '●' : ''}</td>`).join('');
      return `<tr><td><a href="#${permission}"><code>${permission}</code></a></td><td>${escapeHtml(title)}</td>${marks}</tr>`;
    });
  const lists = rows
    .filter((row) => row.routes.length > 0)
    .map((row) => {
      const items = row.routes.map((route) => `<li><code>${escapeHtml(route)}</code></li>`).join('');
      return `<h3 id="${row.permission}"><code>${row.permission}</code></h3><p>${escapeHtml(row.title)}</p><ul>${items}</ul>`;
    });
  return page(
    'Roles and permissions',
    `<p>${escapeHtml(PERMISSIONS_INTRODUCTION)}</p>
<table><thead><tr><th>Permission</th><th>Allows to</th>${heads}</tr></thead><tbody>${table.join('\n')}</tbody></table>
<h2>Routes by permission</h2>${lists.join('\n')}`,
  );
}
