import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from './lib/processes.mjs';

/** `npm run bench:<name>`: runs bench/<name>.ts with the arguments after the name, in a process of its own. */
const root = fileURLToPath(new URL('..', import.meta.url));
const [name = '', ...args] = process.argv.slice(2);
const names = globSync('bench/*.bench.ts', { cwd: root }).map((file) => basename(file, '.bench.ts'));

if (names.includes(name)) {
  process.exitCode = await runToEnd(process.execPath, [`bench/${name}.bench.ts`, ...args], { cwd: root });
} else {
  console.error(`There is no bench "${name}". Use one of: ${names.join(', ')}.`);
  process.exitCode = 1;
}
