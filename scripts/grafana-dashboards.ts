import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dashboardFiles } from './grafana/files.ts';

/*
 * `npm run grafana-dashboards`: writes the dashboards for Grafana from their descriptions in scripts/grafana.
 */
const root = fileURLToPath(new URL('..', import.meta.url));

for (const { path, text } of await dashboardFiles(root)) {
  writeFileSync(join(root, path), text);
  console.log(path);
}
