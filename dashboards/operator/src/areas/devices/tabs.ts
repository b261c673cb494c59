import {
  mdiBellOutline,
  mdiChartBellCurveCumulative,
  mdiChartLine,
  mdiConsoleLine,
  mdiFileCogOutline,
  mdiKeyOutline,
  mdiTable,
  mdiTuneVariant,
} from '@mdi/js';
import { defineAsyncComponent } from 'vue';
import type { Permission } from '../../../../../src/core/permissions.ts';
import LiveTab from './LiveTab.vue';

interface Tab {
  name: 'live' | 'analysis' | 'commands' | 'config' | 'keys' | 'alerts' | 'data' | 'settings';
  icon: string;
  /** All of these are needed. */
  permissions: readonly Permission[];
  component: unknown;
}

/** The parts of a device, in the order of their tabs. All but the first are loaded when they are opened. */
export const TABS: readonly Tab[] = [
  { name: 'live', icon: mdiChartLine, permissions: ['telemetry:read'], component: LiveTab },
  {
    name: 'analysis',
    icon: mdiChartBellCurveCumulative,
    permissions: ['telemetry:read'],
    component: defineAsyncComponent(() => import('./analysis/AnalysisTab.vue')),
  },
  {
    name: 'commands',
    icon: mdiConsoleLine,
    permissions: ['commands:read'],
    component: defineAsyncComponent(() => import('./CommandsTab.vue')),
  },
  {
    name: 'config',
    icon: mdiFileCogOutline,
    permissions: ['config:read'],
    component: defineAsyncComponent(() => import('./ConfigTab.vue')),
  },
  { name: 'keys', icon: mdiKeyOutline, permissions: ['credentials:write'], component: defineAsyncComponent(() => import('./KeysTab.vue')) },
  { name: 'alerts', icon: mdiBellOutline, permissions: ['alerts:read'], component: defineAsyncComponent(() => import('./AlertsTab.vue')) },
  { name: 'data', icon: mdiTable, permissions: ['telemetry:read'], component: defineAsyncComponent(() => import('./DataTab.vue')) },
  {
    name: 'settings',
    icon: mdiTuneVariant,
    permissions: ['devices:read'],
    component: defineAsyncComponent(() => import('./SettingsTab.vue')),
  },
];
