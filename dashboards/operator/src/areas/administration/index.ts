import { mdiCogOutline } from '@mdi/js';
import type { RouteComponent, RouteRecordRaw } from 'vue-router';
import { useSession } from '../../session/session-store.ts';
import { page } from '../../shell/area.ts';
import type { Area } from '../../shell/area.ts';
import { ADMINISTRATION_PERMISSIONS, SECTIONS, sectionsFor } from './sections.ts';
import type { Section } from './sections.ts';

const texts = () => import('./texts.ts');

const PAGES: Record<Section['name'], () => Promise<{ default: RouteComponent }>> = {
  users: () => import('./users/UserSection.vue'),
  roles: () => import('./roles/RoleSection.vue'),
  keys: () => import('./keys/KeySection.vue'),
  audit: () => import('./audit/AuditSection.vue'),
  notifications: () => import('./notifications/NotificationSection.vue'),
  rejected: () => import('./rejected/RejectedSection.vue'),
  settings: () => import('./settings/SettingsSection.vue'),
  about: () => import('./about/AboutSection.vue'),
};

/** The address of the area alone leads to the first section that the person may see. */
const first: RouteRecordRaw = {
  path: '',
  name: 'administration',
  component: () => import('../../pages/MissingPage.vue'),
  beforeEnter: () => {
    const session = useSession();
    const [section] = sectionsFor((permission) => session.may(permission));
    return { path: `/administration/${section?.name ?? 'about'}`, replace: true };
  },
};

const sections = SECTIONS.map(({ name, permissions }): RouteRecordRaw => ({
  path: name,
  name: `administration-${name}`,
  component: page(PAGES[name], texts),
  meta: { anyOf: permissions },
}));

/** People, keys, and what the platform wrote down. */
export const administration: Area = {
  name: 'administration',
  path: '/administration',
  icon: mdiCogOutline,
  permissions: ADMINISTRATION_PERMISSIONS,
  routes: [{ path: '/administration', component: page(() => import('./AdministrationPage.vue'), texts), children: [first, ...sections] }],
};
