import {
  mdiAccountGroupOutline,
  mdiAlertOctagonOutline,
  mdiBellOutline,
  mdiClipboardTextClockOutline,
  mdiCogOutline,
  mdiInformationOutline,
  mdiKeyOutline,
  mdiShieldAccountOutline,
} from '@mdi/js';
import type { Permission } from '../../../../../src/core/permissions.ts';

/** A section of the administration: its name in addresses and texts, and who may see it. */
export interface Section {
  name: 'users' | 'roles' | 'keys' | 'audit' | 'notifications' | 'rejected' | 'settings' | 'about';
  icon: string;
  /** Any of these. */
  permissions: readonly Permission[];
}

const OTHERS: readonly Section[] = [
  { name: 'users', icon: mdiAccountGroupOutline, permissions: ['users:read'] },
  { name: 'roles', icon: mdiShieldAccountOutline, permissions: ['users:read'] },
  { name: 'keys', icon: mdiKeyOutline, permissions: ['credentials:write'] },
  { name: 'audit', icon: mdiClipboardTextClockOutline, permissions: ['audit:read'] },
  { name: 'notifications', icon: mdiBellOutline, permissions: ['notifications:read', 'notifications:write', 'webhooks:write'] },
  { name: 'rejected', icon: mdiAlertOctagonOutline, permissions: ['rejected:read'] },
  { name: 'settings', icon: mdiCogOutline, permissions: ['settings:write', 'flows:read'] },
];

/** Any of these lets a person into the administration. */
export const ADMINISTRATION_PERMISSIONS: readonly Permission[] = [...new Set(OTHERS.flatMap(({ permissions }) => permissions))];

/** The sections in their order; the last one is for everybody who may see one of the others. */
export const SECTIONS: readonly Section[] = [
  ...OTHERS,
  { name: 'about', icon: mdiInformationOutline, permissions: ADMINISTRATION_PERMISSIONS },
];

/** The sections that somebody may see. */
export function sectionsFor(may: (permission: Permission) => boolean): readonly Section[] {
  return SECTIONS.filter(({ permissions }) => permissions.some(may));
}
