import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildPart } from './part.ts';
import { runTool } from './run-tool.ts';

const CONFIG = 'dashboards/operator/vite.config.ts';

/** The operators' web app, bundled into dist/dashboards/operator. */
export const webAppPart: BuildPart = {
  name: 'web app',
  inputs: ['dashboards/operator/**/*', 'src/contracts/**/*.ts', 'src/core/**/*.ts'],
  outputs: () => ['dist/dashboards/operator/index.html'],
  build: async (root) => {
    if (!existsSync(join(root, CONFIG))) throw new Error(`${CONFIG} is missing`);
    await runTool(root, 'vite/bin/vite.js', ['build', '--config', CONFIG, '--logLevel', 'warn']);
  },
};
