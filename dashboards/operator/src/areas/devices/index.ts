import { mdiDevices } from '@mdi/js';
import { page } from '../../shell/area.ts';
import type { Area } from '../../shell/area.ts';

const texts = () => import('./texts.ts');

/** Devices, one by one. */
export const devices: Area = {
  name: 'devices',
  path: '/devices',
  icon: mdiDevices,
  permissions: ['devices:read'],
  routes: [
    { path: '/devices', name: 'devices', component: page(() => import('./DeviceListPage.vue'), texts) },
    { path: '/devices/:id', name: 'device', component: page(() => import('./DevicePage.vue'), texts) },
  ],
};
