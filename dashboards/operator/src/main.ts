import '@fontsource/roboto/400.css';
import '@fontsource/roboto/500.css';
import '@fontsource/roboto/700.css';
import 'vuetify/styles/core';
import './styles/base.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { localNowMs } from './clock.ts';
import { i18n } from './i18n.ts';
import { router } from './router.ts';
import { startServerClock } from './live/server-clock.ts';
import { vuetify } from './theme.ts';
import { BusyButton } from './ui/busy-button.ts';

const RELOADED_KEY = 'insa.reloaded';
/** A part that is still missing right after a reload is missing for another reason. */
const RELOAD_LOOP_MS = 10_000;
const SERVER_AWAY_PAUSE_MS = 2_000;

// After an upgrade of the server the parts of this page that were not loaded yet have other names; the new page knows them. While the server is away
// the page stays: it says so, and a browser's own error page in its place would not come back by itself.
addEventListener('vite:preloadError', () => {
  if (localNowMs() - Number(sessionStorage.getItem(RELOADED_KEY) ?? 0) < RELOAD_LOOP_MS) return;
  sessionStorage.setItem(RELOADED_KEY, String(localNowMs()));
  void serverAnswers().then(() => {
    sessionStorage.setItem(RELOADED_KEY, String(localNowMs()));
    location.reload();
  });
});

/** Resolves once the server can give this page again. */
async function serverAnswers(): Promise<void> {
  for (;;) {
    // Nobody there, or a proxy alone.
    const isThere = await fetch('/', { method: 'HEAD', cache: 'no-store' }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, SERVER_AWAY_PAUSE_MS));
  }
}

startServerClock();
createApp(App).component('VBtn', BusyButton).use(createPinia()).use(i18n).use(vuetify).use(router).mount('#app');
