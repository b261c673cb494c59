import { createRouter, createWebHistory } from 'vue-router';
import { AREAS } from './areas/index.ts';
import { useSession } from './session/session-store.ts';

/** The pages. Everything but the login needs a session; a generated password must be changed before anything else. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    ...AREAS.flatMap(({ routes, permissions }) => routes.map((route) => ({ ...route, meta: { anyOf: permissions, ...route.meta } }))),
    { path: '/login', name: 'login', component: () => import('./pages/LoginPage.vue'), meta: { open: true } },
    { path: '/password', name: 'password', component: () => import('./pages/PasswordPage.vue') },
    { path: '/no-access', name: 'no-access', component: () => import('./pages/NoAccessPage.vue') },
    { path: '/:path(.*)*', name: 'missing', component: () => import('./pages/MissingPage.vue') },
  ],
});

router.beforeEach(async (to) => {
  const session = useSession();
  await session.ready();
  if (to.meta.open === true) return true;
  if (session.state !== 'signed-in') return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
  if (session.mustChangePassword && to.name !== 'password') return { name: 'password', query: { next: to.fullPath } };
  const { anyOf = [] } = to.meta;
  if (anyOf.length > 0 && !anyOf.some((permission) => session.may(permission))) return { name: 'no-access', query: { to: to.path } };
  return true;
});

router.afterEach((to, from) => {
  if (to.path !== from.path) scrollTo({ top: 0 });
});
