import type { Permission } from '../../../../../../src/core/permissions.ts';

/** What permissions are about; in this order they are shown. */
export const GROUPS = ['plant', 'data', 'alerting', 'told', 'views', 'flows', 'running'] as const;
export type Group = (typeof GROUPS)[number];

const GROUP_OF: Readonly<Record<Permission, Group>> = {
  'devices:read': 'plant',
  'devices:write': 'plant',
  'config:read': 'plant',
  'commands:read': 'plant',
  'commands:send': 'plant',
  'commands:write': 'plant',
  'telemetry:read': 'data',
  'telemetry:write': 'data',
  'rejected:read': 'data',
  'rules:read': 'alerting',
  'rules:try': 'alerting',
  'rules:write': 'alerting',
  'alerts:read': 'alerting',
  'alerts:write': 'alerting',
  'notifications:read': 'told',
  'notifications:write': 'told',
  'webhooks:write': 'told',
  'dashboards:read': 'views',
  'dashboards:write': 'views',
  'reports:read': 'views',
  'reports:write': 'views',
  'flows:read': 'flows',
  'flows:write': 'flows',
  'users:read': 'running',
  'users:write': 'running',
  'credentials:write': 'running',
  'audit:read': 'running',
  'settings:write': 'running',
};

/** Every permission, in the order of the groups. */
export const ALL_PERMISSIONS = Object.keys(GROUP_OF) as readonly Permission[];

/** Whether a word is a permission that this version of the page knows. */
export function isPermission(word: string): word is Permission {
  return Object.hasOwn(GROUP_OF, word);
}

/** Permissions by what they are about; groups without any are left out. Unknown words (of a newer server) are left out too. */
export function grouped(words: readonly string[]): { group: Group; permissions: Permission[] }[] {
  const given = new Set(words);
  return GROUPS.map((group) => ({
    group,
    permissions: ALL_PERMISSIONS.filter((permission) => GROUP_OF[permission] === group && given.has(permission)),
  })).filter(({ permissions }) => permissions.length > 0);
}

/** The key of the words of a permission in the texts: `users:read` stands at `users_read`. */
export function wordsKey(permission: Permission): string {
  return permission.replace(':', '_');
}
