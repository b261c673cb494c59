import { mdiBellOutline } from '@mdi/js';
import { page } from '../../shell/area.ts';
import type { Area } from '../../shell/area.ts';

const texts = () => import('./texts.ts');

/** Alerts, open and past. */
export const alerts: Area = {
  name: 'alerts',
  path: '/alerts',
  icon: mdiBellOutline,
  permissions: ['alerts:read'],
  routes: [
    { path: '/alerts', name: 'alerts', component: page(() => import('./AlertListPage.vue'), texts) },
    { path: '/alerts/:id', name: 'alert', component: page(() => import('./AlertPage.vue'), texts) },
  ],
};
