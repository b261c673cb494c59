import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { problemsOfNode } from './node-folders.ts';

const FILES: Record<string, string> = {
  'sample.ts': '',
  'sample.config.ts': '',
  'sample.editor.ts': '',
  'sample.editor.html': '',
  'sample.help.md': ['Inputs', 'Properties', 'Outputs', 'Errors', 'Example'].map((section) => `### ${section}\n`).join('\n'),
  'sample.test.ts': '',
  'locales/en-US/sample.json': '{}',
  'icons/sample.svg': '',
  'examples/01 - First.json': '[{ "type": "iiot-sample" }]',
};

describe('The check of node folders', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'insa-node-'));
    for (const [name, text] of Object.entries(FILES)) write(name, text);
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('finds nothing wrong with a whole one', () => {
    assert.deepEqual(problemsOfNode(folder, 'sample'), []);
  });

  for (const name of Object.keys(FILES)) {
    it(`misses ${name}`, () => {
      rmSync(join(folder, name));
      assert.equal(problemsOfNode(folder, 'sample').length, 1);
    });
  }

  it('misses a section of the help', () => {
    write('sample.help.md', (FILES['sample.help.md'] ?? '').replace('### Errors', ''));
    assert.deepEqual(problemsOfNode(folder, 'sample'), ['nodes/sample: the help has no section "Errors".']);
  });

  it('wants no section about ports that the node does not have', () => {
    write('sample.editor.ts', 'register({ inputs: 0, outputs: 1 });');
    write('sample.help.md', (FILES['sample.help.md'] ?? '').replace('### Inputs', ''));
    assert.deepEqual(problemsOfNode(folder, 'sample'), []);
  });

  it('wants examples to use the node', () => {
    write('examples/01 - First.json', '[{ "type": "inject" }]');
    assert.deepEqual(problemsOfNode(folder, 'sample'), ['nodes/sample: examples/01 - First.json does not use iiot-sample.']);
  });

  function write(name: string, text: string): void {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
});
