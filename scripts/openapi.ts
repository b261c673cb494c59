import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { staleFiles } from './check/generated.ts';
import { generatedFiles } from './openapi/generated-files.ts';

/* `npm run openapi`: writes what is made of routes, contracts, codes and permissions. No database and no server is needed. */
const root = fileURLToPath(new URL('..', import.meta.url));
const files = await generatedFiles(root);
const stale = staleFiles(root, files);
for (const { path, text } of files) {
  if (!stale.includes(path)) continue;
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
console.log(stale.length === 0 ? 'Everything was as the code says.' : `Written: ${stale.join(', ')}.`);
