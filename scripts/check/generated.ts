import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from '../openapi/generated-files.ts';
import type { GeneratedFile } from '../openapi/generated-files.ts';

/** Fails when a kept file is not what the code makes of it now. */
export async function checkGenerated(root: string): Promise<void> {
  const stale = staleFiles(root, await generatedFiles(root));
  if (stale.length > 0)
    throw new Error(`No longer what the code says: ${stale.join(', ')}. Run "npm run openapi" and keep what it writes.`);
}

/** The paths of those files that are missing or different under `root`. */
export function staleFiles(root: string, files: readonly GeneratedFile[]): string[] {
  return files.filter(({ path, text }) => keptText(join(root, path)) !== text).map(({ path }) => path);
}

function keptText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    // Not there is as stale as different.
    return undefined;
  }
}
