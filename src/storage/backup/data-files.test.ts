import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DataFilesCopy } from './data-files.ts';

describe('the files of a data folder in a backup', () => {
  let root: string;
  let copy: DataFilesCopy;
  const source = (name: string) => path.join(root, 'source', name);
  const target = (name: string) => path.join(root, 'target', name);

  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'insa-data-files-'));
    for (const folder of ['node-red', 'logs', 'postgres/cluster', 'secrets']) mkdirSync(source(folder), { recursive: true });
    for (const name of ['node-red/flows.json', 'logs/now.log', 'postgres/cluster/PG_VERSION', 'secrets/jwt-secret', 'platform.lock'])
      writeFileSync(source(name), `first ${name}`);
    symlinkSync('flows.json', source('node-red/current.json'));
    copy = new DataFilesCopy({
      folder: path.join(root, 'source'),
      logFolder: source('logs'),
      target: path.join(root, 'target'),
      watch: {},
    });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('are everything but the database, logs and locks, and links as links', async () => {
    await copy.copy();
    const { files, links, folders } = await copy.settle();
    assert.deepEqual(
      files.map((file) => file.path),
      ['node-red/flows.json', 'secrets/jwt-secret'],
    );
    assert.deepEqual(folders, ['node-red', 'secrets']);
    assert.deepEqual(links, [{ path: 'node-red/current.json', target: 'flows.json' }]);
  });

  it('are copied again when flows were deployed before the end mark of the database, all of them together', async () => {
    await copy.copy();
    writeFileSync(source('node-red/flows.json'), 'second, and of another length');
    writeFileSync(source('node-red/flows_cred.json'), 'new');
    rmSync(source('secrets/jwt-secret'));
    const { files } = await copy.settle();
    assert.deepEqual(
      files.map((file) => [file.path, file.bytes]),
      [
        ['node-red/flows.json', 29],
        ['node-red/flows_cred.json', 3],
      ],
    );
    assert.equal(readFileSync(target('node-red/flows.json'), 'utf8'), 'second, and of another length');
    assert.throws(() => readFileSync(target('secrets/jwt-secret')), /ENOENT/);
  });
});
