import { mdiCogOutline } from '@mdi/js';
import { page } from '../../shell/area.ts';
import type { Area } from '../../shell/area.ts';

const texts = () => import('./texts.ts');

/** People, keys, and what the platform wrote down. */
export const administration: Area = {
  name: 'administration',
  path: '/administration',
  icon: mdiCogOutline,
  permissions: ['users:read', 'audit:read', 'notifications:read', 'rejected:read', 'credentials:write'],
  routes: [{ path: '/administration', name: 'administration', component: page(() => import('./AdministrationPage.vue'), texts) }],
};
