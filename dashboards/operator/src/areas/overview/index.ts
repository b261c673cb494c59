import { mdiViewDashboardOutline } from '@mdi/js';
import type { RouteLocationNormalized } from 'vue-router';
import type { Area } from '../../shell/area.ts';

/** What is happening now. */
export const overview: Area = {
  name: 'overview',
  path: '/',
  icon: mdiViewDashboardOutline,
  permissions: [],
  routes: [{ path: '/', name: 'overview', component: () => import('./OverviewPage.vue'), beforeEnter: toAlert }],
};

/** E-mails that were sent before alerts had an address of their own lead to `/?alert={id}`. */
function toAlert({ query: { alert } }: RouteLocationNormalized) {
  return typeof alert === 'string' && alert !== '' ? { path: `/alerts/${encodeURIComponent(alert)}`, replace: true } : true;
}
