import '@fontsource/roboto/400.css';
import '@fontsource/roboto/500.css';
import '@fontsource/roboto/700.css';
import 'vuetify/styles/core';
import './styles/base.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { i18n } from './i18n.ts';
import { router } from './router.ts';
import { startServerClock } from './live/server-clock.ts';
import { vuetify } from './theme.ts';

startServerClock();
createApp(App).use(createPinia()).use(i18n).use(vuetify).use(router).mount('#app');
