import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf, hashOf } from './files.ts';
import { withLock } from './lock.ts';
import { nodesPart } from './nodes.ts';
import type { BuildPart } from './part.ts';
import { serverPart } from './server.ts';
import { webAppPart } from './web-app.ts';

/** What decides the result of every part. */
const COMMON_INPUTS = ['package.json', 'package-lock.json', 'tsconfig.base.json', 'scripts/build/*.ts'];

const PRODUCT = [serverPart, nodesPart, webAppPart];

/** What a call of {@link buildAll} did. */
export interface BuildReport {
  built: string[];
  failed: { part: string; error: string }[];
}

/** Builds those parts whose inputs have changed since their last build (by content, not by time); milliseconds when none has. */
export async function buildAll(root: string, parts: BuildPart[] = PRODUCT): Promise<BuildReport> {
  if (parts.every((part) => isCurrent(root, part))) return { built: [], failed: [] };
  return withLock(join(root, 'dist', '.build', 'lock'), async () => {
    const report: BuildReport = { built: [], failed: [] };
    await Promise.all(parts.map((part) => buildPart(root, part, report)));
    return report;
  });
}

async function buildPart(root: string, part: BuildPart, report: BuildReport): Promise<void> {
  const hash = inputHash(root, part);
  if (isCurrent(root, part, hash)) return;
  const startedAt = performance.now();
  try {
    await part.build(root);
  } catch (error) {
    report.failed.push({ part: part.name, error: error instanceof Error ? error.message : String(error) });
    return;
  }
  mkdirSync(join(root, 'dist', '.build'), { recursive: true });
  writeFileSync(stampFile(root, part), hash);
  report.built.push(part.name);
  console.log(`Built the ${part.name} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}

function isCurrent(root: string, part: BuildPart, hash = inputHash(root, part)): boolean {
  const stamp = stampFile(root, part);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash && part.outputs(root).every((file) => existsSync(join(root, file)));
}

function inputHash(root: string, part: BuildPart): string {
  return hashOf(root, filesOf(root, [...COMMON_INPUTS, ...part.inputs], part.without), [part.name, process.version]);
}

function stampFile(root: string, part: BuildPart): string {
  return join(root, 'dist', '.build', `${part.name.replaceAll(' ', '-')}.stamp`);
}
