import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ACTION_FIELDS } from '../../src/contracts/template-terms.ts';
import { actionSchema, CHANNELS } from '../../src/contracts/actions.ts';

describe('docs/actions.md', () => {
  const page = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'actions.md'), 'utf8');

  it('shows actions that are taken', () => {
    const examples = [...page.matchAll(/^ {4}(\{"type".*\})$/gm)].map(([, text = '']) => JSON.parse(text) as unknown);
    assert.deepEqual(
      examples.map((example) => actionSchema.parse(example).type),
      ['mqtt', 'command', 'n8n', 'flow', 'script'],
    );
  });

  it('names every type and every field of texts', () => {
    for (const channel of CHANNELS) assert.ok(page.includes(`| \`${channel}\` `), channel);
    for (const field of ACTION_FIELDS) assert.ok(page.includes(`\`{{${field}}}\``), field);
  });
});
