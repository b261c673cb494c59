import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from './lib/processes.mjs';
import { RESULTS_FILE } from './test/results.ts';

/*
 * `npm test [-- <mocha's arguments>]`: all tests under coverage. Naming files runs only those, and arguments switch the coverage goals off,
 * because a part of the tests covers a part of the code.
 */
const ALL_TESTS = ['src', 'nodes', 'test', 'scripts', 'dashboards'].map((folder) => `${folder}/**/*.test.ts`);
const MIN_LINES_PERCENT = 85;

const root = fileURLToPath(new URL('..', import.meta.url));
const given = process.argv.slice(2);
const files = given.some((argument) => argument.includes('.test.ts')) ? [] : ALL_TESTS;
const goals = given.length === 0 ? ['--check-coverage', '--lines', String(MIN_LINES_PERCENT)] : [];

rmSync(join(root, RESULTS_FILE), { force: true });
const mocha = [join(root, 'node_modules/mocha/bin/mocha.js'), '--reporter', join(root, 'scripts/test/reporter.ts'), ...given, ...files];
process.exitCode = await runToEnd(process.execPath, [join(root, 'node_modules/c8/bin/c8.js'), ...goals, process.execPath, ...mocha]);
console.log(`\n${lastLine()}`);

/** Says how the tests ended, below the coverage summary, where a reader looks first. */
function lastLine(): string {
  try {
    const { passed, failed, pending } = JSON.parse(readFileSync(join(root, RESULTS_FILE), 'utf8')) as Record<string, number>;
    return `${String(passed)} passed, ${String(failed)} failed, ${String(pending)} pending`;
  } catch {
    return 'The tests ended before they could be counted.';
  }
}
