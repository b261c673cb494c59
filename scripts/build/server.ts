import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyFiles, filesOf, removeOthers } from './files.ts';
import type { BuildPart } from './part.ts';
import { runTool } from './run-tool.ts';

const CODE = ['src/**/*.ts', 'nodes/**/*.ts', 'settings.ts'];
/** What runs in the browser is bundled by the part "nodes of the editor". */
const NOT_SERVER = ['**/*.editor.ts', 'nodes/shared/editor/**'];
/** What the program reads at run time, copied as it is. */
const ASSETS = ['src/**/*', 'flows/**/*'];
const NOT_ASSETS = ['**/*.ts', '**/*.md'];
const BUILD_INFO = 'dist/.build/server.tsbuildinfo';

/** The program: TypeScript to JavaScript under dist/, and the migrations, flows and other files that it reads. */
export const serverPart: BuildPart = {
  name: 'server',
  inputs: [...CODE, ...ASSETS, 'tsconfig.build.json'],
  without: NOT_SERVER,
  outputs: (root) => [...scriptsOf(root), ...assetsOf(root)].map((file) => join('dist', file)),
  build: async (root) => {
    const scripts = scriptsOf(root);
    const assets = assetsOf(root);
    // The compiler trusts its notes about what it has written; files that somebody deleted since would stay missing.
    if (scripts.some((file) => !existsSync(join(root, 'dist', file)))) rmSync(join(root, BUILD_INFO), { force: true });
    const compiled = runTool(root, 'typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
    await copyFiles(root, assets, join(root, 'dist'));
    await writePackageFile(root);
    removeStale(root, [...scripts, ...assets]);
    await compiled;
  },
};

function scriptsOf(root: string): string[] {
  return filesOf(root, CODE, [...NOT_SERVER, '**/*.d.ts']).map((file) => file.replace(/\.ts$/, '.js'));
}

function assetsOf(root: string): string[] {
  return filesOf(root, ASSETS, NOT_ASSETS);
}

/** Lets the program find its name and version by the same relative path from src/ and from dist/src/. */
async function writePackageFile(root: string): Promise<void> {
  const { name, version, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, string>;
  writeFileSync(
    join(root, 'dist', 'package.json'),
    `${JSON.stringify({ name, version, license, private: true, type: 'module' }, null, 2)}\n`,
  );
}

/** A module whose source is gone must not be found any more. What else is in dist/nodes belongs to the part "nodes of the editor". */
function removeStale(root: string, current: string[]): void {
  const stale: [folder: string, pattern: RegExp][] = [
    ['src', /./],
    ['flows', /./],
    ['nodes', /\.js(\.map)?$/],
  ];
  for (const [folder, pattern] of stale) {
    const inFolder = current.filter((file) => file.startsWith(`${folder}/`)).map((file) => file.slice(folder.length + 1));
    removeOthers(join(root, 'dist', folder), pattern, new Set(inFolder.flatMap((file) => [file, `${file}.map`])));
  }
}
