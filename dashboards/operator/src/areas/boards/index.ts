import { mdiChartBoxMultipleOutline } from '@mdi/js';
import { page } from '../../shell/area.ts';
import type { Area } from '../../shell/area.ts';

const texts = () => import('./texts.ts');

/** Dashboards that people make. */
export const dashboards: Area = {
  name: 'dashboards',
  path: '/dashboards',
  icon: mdiChartBoxMultipleOutline,
  permissions: ['dashboards:read'],
  routes: [
    { path: '/dashboards', name: 'dashboards', component: page(() => import('./BoardListPage.vue'), texts) },
    {
      path: '/dashboards/kiosk',
      name: 'dashboard-kiosk',
      component: page(() => import('./KioskPage.vue'), texts),
      meta: { bare: true },
    },
    { path: '/dashboards/:id', name: 'dashboard', component: page(() => import('./BoardPage.vue'), texts) },
    {
      path: '/dashboards/:id/edit',
      name: 'dashboard-edit',
      component: page(() => import('./edit/BoardEditPage.vue'), texts),
      meta: { anyOf: ['dashboards:write'] },
    },
  ],
};
