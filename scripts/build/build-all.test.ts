import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAll } from './build-all.ts';
import type { BuildPart } from './part.ts';

describe('buildAll', () => {
  let root: string;
  let runs: number;

  const part: BuildPart = {
    name: 'copy',
    inputs: ['in/**/*'],
    outputs: () => ['dist/copy.txt'],
    build: async (folder) => {
      runs += 1;
      await Promise.resolve();
      const text = readFileSync(join(folder, 'in/text.txt'), 'utf8');
      if (text === 'bad') throw new Error('text.txt is bad');
      writeFileSync(join(folder, 'dist/copy.txt'), text);
    },
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'insa-build-'));
    mkdirSync(join(root, 'in'));
    write('first');
    runs = 0;
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('builds what was never built, and nothing the second time', async () => {
    assert.deepEqual(await buildAll(root, [part]), { built: ['copy'], failed: [] });
    assert.deepEqual(await buildAll(root, [part]), { built: [], failed: [] });
    assert.equal(runs, 1);
  });

  it('goes by content: the same text written again is no change, another one and a new file are', async () => {
    await buildAll(root, [part]);
    write('first');
    assert.deepEqual((await buildAll(root, [part])).built, []);
    write('second');
    assert.deepEqual((await buildAll(root, [part])).built, ['copy']);
    writeFileSync(join(root, 'in/other.txt'), '');
    assert.deepEqual((await buildAll(root, [part])).built, ['copy']);
    assert.equal(readFileSync(join(root, 'dist/copy.txt'), 'utf8'), 'second');
  });

  it('is not concerned by tests', async () => {
    await buildAll(root, [part]);
    writeFileSync(join(root, 'in/a.test.ts'), '');
    assert.deepEqual((await buildAll(root, [part])).built, []);
  });

  it('builds again what somebody has deleted', async () => {
    await buildAll(root, [part]);
    rmSync(join(root, 'dist/copy.txt'));
    assert.deepEqual((await buildAll(root, [part])).built, ['copy']);
  });

  it('names the part that fails with its reason, builds the others, and tries again the next time', async () => {
    const other: BuildPart = { ...part, name: 'other', outputs: () => [], build: () => Promise.resolve() };
    write('bad');
    assert.deepEqual(await buildAll(root, [part, other]), { built: ['other'], failed: [{ part: 'copy', error: 'text.txt is bad' }] });
    assert.deepEqual((await buildAll(root, [part, other])).failed.length, 1);
  });

  it('builds once when two builds start together', async () => {
    const reports = await Promise.all([buildAll(root, [part]), buildAll(root, [part])]);
    assert.equal(runs, 1);
    assert.deepEqual(
      reports.flatMap(({ built }) => built),
      ['copy'],
    );
  });

  it('takes over the lock of a build that was killed', async () => {
    mkdirSync(join(root, 'dist/.build'), { recursive: true });
    writeFileSync(join(root, 'dist/.build/lock'), '99999999');
    assert.deepEqual((await buildAll(root, [part])).built, ['copy']);
  });

  function write(text: string): void {
    writeFileSync(join(root, 'in/text.txt'), text);
  }
});
