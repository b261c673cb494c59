import type * as CreateApp from '../../src/app/create-app.ts';
import type * as Logging from '../../src/app/logging.ts';
import type * as ConfigModule from '../../src/config/config.ts';
import type * as DataDirModule from '../../src/storage/data-dir.ts';

/** The whole program from `dist/`, which counts for metrics unless `COUNTING=off`: for `startPlatform({ entry })` of the bench. */
const dist = new URL('../../dist/src/', import.meta.url);
const { Platform } = (await import(new URL('app/create-app.js', dist).href)) as typeof CreateApp;
const { createLogger } = (await import(new URL('app/logging.js', dist).href)) as typeof Logging;
const { loadConfig } = (await import(new URL('config/config.js', dist).href)) as typeof ConfigModule;
const { DataDir } = (await import(new URL('storage/data-dir.js', dist).href)) as typeof DataDirModule;

const config = loadConfig();
const dataDir = new DataDir(config.dataDir);
dataDir.start();
const { logger } = createLogger({ log: config.log, secrets: [] });
const platform = new Platform({
  config,
  logger,
  dataDir,
  counting: process.env['COUNTING'] === 'off' ? 'off' : 'on',
  onFatal: (reason) => {
    throw new Error(reason);
  },
});
process.once('SIGTERM', () => {
  void platform.stop().then(() => {
    dataDir.stop();
    process.exit(0);
  });
});
await platform.start();
console.log('INSA IIoT Platform is ready');
