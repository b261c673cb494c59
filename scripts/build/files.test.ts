import assert from 'node:assert/strict';
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { removeOthers } from './files.ts';

describe('removeOthers', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'insa-files-'));
    for (const path of ['kept/a.js', 'gone/deep/b.js', 'other/c.html']) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), '');
    }
    mkdirSync(join(folder, 'empty'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('removes what matches and is not wanted, with the folders that become empty by it, and nothing else', () => {
    removeOthers(folder, /\.js$/, new Set(['kept/a.js']));
    assert.deepEqual(globSync('**/*', { cwd: folder }).sort(), ['empty', 'kept', 'kept/a.js', 'other', 'other/c.html']);
  });

  it('does nothing where there is no folder', () => {
    removeOthers(join(folder, 'none'), /./, new Set());
  });
});
