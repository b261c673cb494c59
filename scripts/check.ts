import { availableParallelism, freemem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { checkGenerated } from './check/generated.ts';
import { checkLock } from './check/lock.ts';
import { checkNodeFolders } from './check/node-folders.ts';
import { type CheckPart, runParts } from './check/run-parts.ts';
import { runTool } from './build/run-tool.ts';

/*
 * `npm run check`: everything that can be said about the code without running it. Ends with 1 when a part finds something, and says which.
 * The longest parts come first, because they run side by side as far as processors and memory allow.
 */
const MEMORY_PER_PART = 1.5 * 2 ** 30;

const root = fileURLToPath(new URL('..', import.meta.url));
const tool = (name: string, script: string, args: string[]): CheckPart => ({ name, run: () => runTool(root, script, args) });

const parts: CheckPart[] = [
  tool('eslint', 'eslint/bin/eslint.js', ['.', '--max-warnings', '0']),
  tool('types of the web app', 'vue-tsc/bin/vue-tsc.js', ['--noEmit', '-p', 'dashboards/operator']),
  tool('types of server and tests', 'typescript/bin/tsc', ['-p', 'tsconfig.json']),
  tool('types of the editor', 'typescript/bin/tsc', ['-p', 'tsconfig.editor.json']),
  tool('layers', 'dependency-cruiser/bin/dependency-cruiser.mjs', [
    '--config',
    '.dependency-cruiser.mjs',
    '--no-cache',
    'src',
    'nodes',
    'settings.ts',
    'dashboards/operator/src',
  ]),
  tool('unused code (knip)', 'knip/bin/knip.js', ['--no-progress']),
  tool('prettier', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']),
  { name: 'generated documents', run: () => checkGenerated(root) },
  { name: 'package-lock.json', run: () => checkLock(root) },
  { name: 'node folders', run: () => checkNodeFolders(root) },
];

const atOnce = Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / MEMORY_PER_PART)));
const failed = await runParts(parts, atOnce);
console.log(failed.length === 0 ? `\nAll ${String(parts.length)} checks passed.` : `\nChecks that failed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
