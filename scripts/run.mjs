// The one door of all npm scripts: `node scripts/run.mjs <start|dev|build|test|check|import|openapi|flows|reset-admin|grafana-reader|
// grafana-dashboards|backup|restore|bench> [arguments]`.
// Plain JavaScript for Node.js 20 or newer without any package, because it runs where nothing is installed yet.
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, findRuntime } from './lib/install.mjs';
import { becomeOrRun, runToEnd } from './lib/processes.mjs';

/**
 * What each command runs on the platform's Node.js once the packages are there, and whether the product is built first.
 * @type {Record<string, { build: boolean, program?: string[] }>}
 */
const COMMANDS = {
  start: { build: true, program: ['--import', './scripts/lib/stop-with-npm.mjs', 'dist/src/main.js'] },
  build: { build: true },
  dev: { build: false, program: ['scripts/dev.ts'] },
  check: { build: false, program: ['scripts/check.ts'] },
  test: { build: true, program: ['scripts/test.ts'] },
  openapi: { build: false, program: ['scripts/openapi.ts'] },
  import: { build: false, program: ['scripts/import.ts'] },
  'reset-admin': { build: false, program: ['scripts/reset-admin.ts'] },
  'grafana-reader': { build: false, program: ['scripts/grafana-reader.ts'] },
  flows: { build: false, program: ['scripts/flows.ts'] },
  'grafana-dashboards': { build: false, program: ['scripts/grafana-dashboards.ts'] },
  backup: { build: false, program: ['scripts/backup.ts'] },
  restore: { build: false, program: ['scripts/restore.ts'] },
  bench: { build: true, program: ['scripts/bench.ts'] },
};

/**
 * @param {string} name
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
async function run(name, args) {
  const command = COMMANDS[name];
  if (!command) throw new Error(`Unknown command "${name}". Use one of: ${Object.keys(COMMANDS).join(', ')}.`);
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Error(`Node.js ${process.versions.node} is too old: install 20 or newer (the platform then brings its own Node.js 24).`);
  }
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  process.chdir(root);
  await ensureInstalled(root);
  const runtime = findRuntime(root);
  process.env.PATH = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  if (command.build) {
    const code = await runToEnd(runtime, ['scripts/build.ts']);
    if (code !== 0) return code;
  }
  if (!command.program) return 0;
  return becomeOrRun(runtime, [...command.program, ...args]);
}

try {
  const [name = '', ...args] = process.argv.slice(2);
  process.exitCode = await run(name, args);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
