/**
 * The one table of what may be done at all, and of what each built-in role may do (REQUIREMENTS, section 5).
 * Route guards, the API document, the web app's visibility and the editor's access all read it.
 */
export const PERMISSIONS = {
  'devices:read': 'See devices, their status and series',
  'devices:write': 'Create, change and remove devices',
  'config:read': 'See the configuration of devices (a device: its own)',
  'credentials:write': 'Issue and revoke the keys of devices, gateways and programs',
  'telemetry:read': 'Read stored telemetry',
  'telemetry:write': 'Send telemetry',
  'rejected:read': 'Read messages that were refused',
  'rules:read': 'See rules',
  'rules:try': 'Try rules on current values and on history',
  'rules:write': 'Create, change and remove rules',
  'alerts:read': 'See alerts',
  'alerts:write': 'Acknowledge, resolve and annotate alerts',
  'notifications:read': 'See who was told of alerts, and what became of it',
  'notifications:write': 'Try failed notifications again and send test messages',
  'webhooks:write': 'See and register the URLs of webhooks, rotate their secrets, enable and disable them',
  'commands:read': 'See commands and what became of them (a device: its own)',
  'commands:send': 'Send the commands that were allowed for a device',
  'commands:write': 'Send any command to a device (with commands:send), and say which ones others may send',
  'dashboards:read': 'See dashboards',
  'dashboards:write': 'Create, change and remove dashboards',
  'reports:read': 'Read reports',
  'reports:write': 'Create reports and their schedules',
  'flows:read': 'Read the deployed flows and their versions',
  'flows:write': 'Enter the editor and deploy flows',
  'users:read': 'See users and roles',
  'users:write': 'Manage users and roles',
  'audit:read': 'Read the audit log',
  'settings:write': 'Change settings of the installation, such as removing the demo plant',
} as const;

export type Permission = keyof typeof PERMISSIONS;

const ALL = Object.keys(PERMISSIONS) as Permission[];
const ADMINISTRATION: readonly Permission[] = ['users:read', 'users:write', 'audit:read', 'settings:write'];
const READ: readonly Permission[] = [
  'devices:read',
  'config:read',
  'telemetry:read',
  'alerts:read',
  'rules:read',
  'dashboards:read',
  'reports:read',
];

/** The four roles of people. */
export const ROLES = {
  admin: ALL,
  engineer: ALL.filter((permission) => !ADMINISTRATION.includes(permission)),
  operator: [...READ, 'alerts:write', 'notifications:read', 'notifications:write', 'commands:read', 'commands:send', 'rules:try'],
  viewer: READ,
} as const satisfies Record<string, readonly Permission[]>;

export type RoleName = keyof typeof ROLES;

/** What a device's own key allows: its own telemetry, its own configuration and commands. */
export const DEVICE_PERMISSIONS: readonly Permission[] = ['telemetry:write', 'config:read', 'commands:read'];
