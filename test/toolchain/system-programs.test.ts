import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('needsProgram', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'insa-program-'));
    const helper = join(root, 'test/support/system-programs.ts');
    const suite = `import { needsProgram } from '${helper}';
      describe('suite', () => { needsProgram('no-such-program'); it('runs', () => undefined); });
      describe('other', () => { it('runs', () => undefined); });`;
    writeFileSync(join(folder, 'suite.test.ts'), suite);
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function runMocha(ci: string): { status: number | null; stdout: string } {
    const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
    return spawnSync(process.execPath, [mocha, '--no-config', join(folder, 'suite.test.ts')], {
      encoding: 'utf8',
      env: { ...process.env, CI: ci },
    });
  }

  it('leaves the tests out and names the package when the program is missing', () => {
    const { status, stdout } = runMocha('');
    assert.equal(status, 0, stdout);
    assert.match(stdout, /needs no-such-program: install the Debian package "no-such-package"/);
    assert.match(stdout, /1 passing/);
    assert.match(stdout, /2 pending/);
  });

  it('makes them fail in continuous integration', () => {
    const { status, stdout } = runMocha('true');
    assert.equal(status, 1);
    assert.match(stdout, /1 passing[\s\S]*1 failing[\s\S]*no-such-program is missing: install the Debian package "no-such-package"/);
  });
});
