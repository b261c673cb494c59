import { createHash } from 'node:crypto';
import { globSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Names that are never input of a build. */
const NEVER = ['**/node_modules/**', '**/*.test.ts'];

/** The files that match any of the patterns, relative to the root, sorted; folders and tests are left out. */
export function filesOf(root: string, patterns: string[], without: string[] = []): string[] {
  const found = globSync(patterns, { cwd: root, exclude: [...NEVER, ...without] });
  return found.filter((path) => statSync(join(root, path)).isFile()).sort();
}

/** A hash over names and contents of files, and over whatever else decides the result. */
export function hashOf(root: string, files: string[], more: string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(more));
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Copies files to the same relative path below another folder. */
export async function copyFiles(root: string, files: string[], target: string): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(join(root, file), join(target, file));
  }
}

/** Removes those files of a folder that match the pattern and are not wanted any more, and the folders that become empty by it. */
export function removeOthers(folder: string, pattern: RegExp, wanted: ReadonlySet<string>): void {
  for (const path of globSync('**/*', { cwd: folder })) {
    const file = join(folder, path);
    if (wanted.has(path) || !pattern.test(path) || !statSync(file).isFile()) continue;
    rmSync(file);
    removeEmptyFolders(dirname(file), folder);
  }
}

function removeEmptyFolders(from: string, upTo: string): void {
  for (let folder = from; folder !== upTo && readdirSync(folder).length === 0; folder = dirname(folder)) rmdirSync(folder);
}
