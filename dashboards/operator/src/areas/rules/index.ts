import { mdiScaleBalance } from '@mdi/js';
import { page } from '../../shell/area.ts';
import type { Area } from '../../shell/area.ts';

const texts = () => import('./texts.ts');
const rulePage = page(() => import('./RulePage.vue'), texts);

/** Rules: what is watched, and what follows. */
export const rules: Area = {
  name: 'rules',
  path: '/rules',
  icon: mdiScaleBalance,
  permissions: ['rules:read'],
  routes: [
    { path: '/rules', name: 'rules', component: page(() => import('./RuleListPage.vue'), texts) },
    { path: '/rules/new', name: 'rule-new', component: rulePage, meta: { anyOf: ['rules:write'] } },
    { path: '/rules/:id', name: 'rule', component: rulePage },
  ],
};
