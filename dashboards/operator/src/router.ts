import { createRouter, createWebHistory } from 'vue-router';
import { useSession } from './session/session-store.ts';

/** The pages. Everything but the login needs a session; a generated password must be changed before anything else. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'overview', component: () => import('./pages/OverviewPage.vue') },
    { path: '/login', name: 'login', component: () => import('./pages/LoginPage.vue'), meta: { open: true } },
    { path: '/password', name: 'password', component: () => import('./pages/PasswordPage.vue') },
    { path: '/:path(.*)*', name: 'missing', component: () => import('./pages/MissingPage.vue') },
  ],
});

router.beforeEach(async (to) => {
  const session = useSession();
  await session.ready();
  if (to.meta['open'] === true) return true;
  if (session.state !== 'signed-in') return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
  if (session.mustChangePassword && to.name !== 'password') return { name: 'password', query: { next: to.fullPath } };
  return true;
});
