import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, findRuntime } from './install.mjs';

const LOCKED = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/only-for-windows': { version: '2.0.0', optional: true } };

/** An npm that notes what it was called with and leaves behind what `npm ci` would; with FAIL it refuses. */
const FAKE_NPM = `
const { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
if (existsSync('FAIL')) process.exit(3);
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
delete packages[''];
delete packages['node_modules/only-for-windows'];
mkdirSync('node_modules', { recursive: true });
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
`;

describe('ensureInstalled', () => {
  let root: string;
  const environment = { ...process.env };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'insa-install-'));
    writeFileSync(join(root, 'npm.js'), FAKE_NPM);
    process.env['npm_execpath'] = join(root, 'npm.js');
    process.env['npm_node_execpath'] = process.execPath;
    lock(LOCKED);
  });

  afterEach(() => {
    process.env = { ...environment };
    rmSync(root, { recursive: true });
  });

  it('installs the locked packages where there are none, development packages included', async () => {
    await ensureInstalled(root);
    assert.match(calls()[0] ?? '', /^ci --include=dev/);
    assert.equal(calls().length, 1);
  });

  it('installs nothing the second time', async () => {
    await ensureInstalled(root);
    await ensureInstalled(root);
    assert.equal(calls().length, 1);
  });

  it('installs again after the lock has changed', async () => {
    await ensureInstalled(root);
    lock({ ...LOCKED, 'node_modules/a': { version: '1.0.1' } });
    await ensureInstalled(root);
    assert.equal(calls().length, 2);
  });

  it('accepts what somebody has installed with npm ci, without packages for other platforms', async () => {
    mkdirSync(join(root, 'node_modules'));
    writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }));
    await ensureInstalled(root);
    assert.deepEqual(calls(), []);
  });

  it('installs again when something is installed that the lock does not have', async () => {
    await ensureInstalled(root);
    lock({ 'node_modules/only-for-windows': LOCKED['node_modules/only-for-windows'] });
    await ensureInstalled(root);
    assert.equal(calls().length, 2);
  });

  it('leaves it to npm to complain when package.json and lock disagree', async () => {
    await ensureInstalled(root);
    writeFileSync(join(root, 'package.json'), JSON.stringify({ dependencies: { a: '1.0.0', b: '1.0.0' } }));
    await ensureInstalled(root);
    assert.equal(calls().length, 2);
  });

  it('says that nothing was started when npm fails, and tries again the next time', async () => {
    writeFileSync(join(root, 'FAIL'), '');
    await assert.rejects(ensureInstalled(root), /npm ci ended with exit code 3.*Nothing was started/);
    rmSync(join(root, 'FAIL'));
    await ensureInstalled(root);
    assert.equal(calls().length, 2);
  });

  function lock(packages: Record<string, { version: string; optional?: boolean }>): void {
    const dependencies = { a: '1.0.0' };
    writeFileSync(join(root, 'package.json'), JSON.stringify({ dependencies }));
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': { dependencies }, ...packages } }));
  }

  function calls(): string[] {
    const file = join(root, 'npm-calls');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }
});

describe('findRuntime', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'insa-runtime-'));
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('takes the pinned Node.js', () => {
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
    symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
    assert.equal(findRuntime(root, '20.11.0'), join(root, 'node_modules/.bin/node'));
  });

  it('takes the running one of the same major version where the pinned one was left out', () => {
    assert.equal(findRuntime(root, '24.1.0'), process.execPath);
  });

  it('says how to get it when there is none', () => {
    assert.throws(() => findRuntime(root, '20.11.0'), /Node\.js 24 is missing.*npm ci --include=optional.*this is 20\.11\.0/s);
  });
});
