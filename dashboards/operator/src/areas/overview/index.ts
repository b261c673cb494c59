import { mdiViewDashboardOutline } from '@mdi/js';
import type { Area } from '../../shell/area.ts';

/** What is happening now. */
export const overview: Area = {
  name: 'overview',
  path: '/',
  icon: mdiViewDashboardOutline,
  permissions: [],
  routes: [{ path: '/', name: 'overview', component: () => import('./OverviewPage.vue') }],
};
