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
  routes: [{ path: '/dashboards', name: 'dashboards', component: page(() => import('./BoardListPage.vue'), texts) }],
};
