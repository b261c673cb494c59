import { fileURLToPath } from 'node:url';
import { buildAll } from './build/build-all.ts';

/** `npm run build`: brings dist/ up to date and ends with 1 when a part cannot be built. */
const root = fileURLToPath(new URL('..', import.meta.url));
const { failed } = await buildAll(root);
for (const { part, error } of failed) console.error(`Build of the ${part} failed: ${error}`);
process.exitCode = failed.length > 0 ? 1 : 0;
