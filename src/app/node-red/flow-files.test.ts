import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { assertFlowsReadable } from './flow-files.ts';

describe('the file of flows', () => {
  let userDir: string;
  beforeEach(() => (userDir = mkdtempSync(path.join(os.tmpdir(), 'insa-flows-'))));
  afterEach(() => rmSync(userDir, { recursive: true }));

  it('stops the start with its name when it holds no list of nodes', async () => {
    const file = path.join(userDir, 'flows.json');
    for (const [text, problem] of [
      ['{"flows":[]}', 'holds a JSON object where a list of nodes'],
      ['null', 'holds null where'],
      ['5', 'holds a JSON number where'],
      ['[{"id":', 'is no JSON: '],
    ] as const) {
      writeFileSync(file, text);
      await assert.rejects(assertFlowsReadable(userDir), (error: Error) => {
        assert.ok(error.message.startsWith(`The file of flows ${file} ${problem}`), error.message);
        return true;
      });
    }
  });

  it('is fine when it is absent, empty (Node-RED has a backup), or a list', async () => {
    await assertFlowsReadable(userDir);
    for (const text of ['', '[]', '\uFEFF[]']) {
      writeFileSync(path.join(userDir, 'flows.json'), text);
      await assertFlowsReadable(userDir);
    }
  });
});
