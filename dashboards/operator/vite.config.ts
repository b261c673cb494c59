import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import vuetify from 'vite-plugin-vuetify';

/** Where `npm run dev` finds the platform; its API, editor and sockets are passed through so that one origin serves all. */
const PLATFORM_URL = process.env['INSA_URL'] ?? 'http://127.0.0.1:1880';
const FORWARDED_PATHS = ['/api', '/editor', '/health', '/flows'];

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // `main.ts` gives the page its own button.
  plugins: [vue(), vuetify({ autoImport: { ignore: ['VBtn'] } })],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
  },
  build: {
    outDir: fileURLToPath(new URL('../../dist/dashboards/operator', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // Nothing is inlined as a data: address, so that the content security policy can allow 'self' alone.
    assetsInlineLimit: 0,
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      ...Object.fromEntries(FORWARDED_PATHS.map((path) => [path, { target: PLATFORM_URL }])),
      '/socket.io': { target: PLATFORM_URL, ws: true },
    },
  },
});
