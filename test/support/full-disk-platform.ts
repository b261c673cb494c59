import { readFileSync } from 'node:fs';
import type * as CreateApp from '../../src/app/create-app.ts';
import type * as Logging from '../../src/app/logging.ts';
import type * as ConfigModule from '../../src/config/config.ts';
import type * as DataDirModule from '../../src/storage/data-dir.ts';

/**
 * The whole program on a disk whose free bytes stand in the file `FREE_BYTES_FILE`: a full disk cannot be had without harm to the
 * machine, and everything else is real. Started as a process of its own, from `dist/`, by `startPlatform({ entry })`.
 */
const dist = new URL('../../dist/src/', import.meta.url);
const { Platform } = (await import(new URL('app/create-app.js', dist).href)) as typeof CreateApp;
const { createLogger } = (await import(new URL('app/logging.js', dist).href)) as typeof Logging;
const { loadConfig } = (await import(new URL('config/config.js', dist).href)) as typeof ConfigModule;
const { DataDir } = (await import(new URL('storage/data-dir.js', dist).href)) as typeof DataDirModule;

const config = loadConfig();
const dataDir = new DataDir(config.dataDir);
dataDir.start();
const { logger } = createLogger({ ...config, secrets: [] });
const platform = new Platform({
  config,
  logger,
  dataDir,
  freeBytes: () => Promise.resolve(Number(readFileSync(process.env['FREE_BYTES_FILE'] ?? '', 'utf8'))),
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
