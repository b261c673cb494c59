import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpointTypes } from '../openapi/endpoints.ts';
import { typeOf } from '../openapi/schema-types.ts';
import { staleFiles } from './generated.ts';

describe('The check of generated documents', () => {
  it('names files that are missing or different, and no others', () => {
    const folder = mkdtempSync(join(tmpdir(), 'insa-generated-'));
    try {
      writeFileSync(join(folder, 'same.md'), 'text\n');
      writeFileSync(join(folder, 'windows.md'), 'text\r\n');
      writeFileSync(join(folder, 'old.md'), 'another text\n');
      const files = ['same.md', 'windows.md', 'old.md', 'missing.md'].map((path) => ({ path, text: 'text\n' }));
      assert.deepEqual(staleFiles(folder, files), ['old.md', 'missing.md']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('Types from the OpenAPI document', () => {
  it('say what a schema says', () => {
    assert.equal(typeOf({ $ref: '#/components/schemas/Device' }), "Schemas['Device']");
    assert.equal(typeOf({ type: ['string', 'null'] }), 'string | null');
    assert.equal(typeOf({ type: 'integer' }), 'number');
    assert.equal(typeOf({ enum: ['a', 1] }), '"a" | 1');
    assert.equal(typeOf({ const: 'Bearer' }), '"Bearer"');
    assert.equal(typeOf({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }), 'string | (string)[]');
    assert.equal(typeOf({ type: 'array', prefixItems: [{ type: 'number' }, { type: 'string' }] }), '[number, string]');
    assert.equal(typeOf({}), 'unknown');
    assert.equal(
      typeOf({ type: 'object', properties: { a: { type: 'string' }, b: { type: 'null' } }, required: ['a'], additionalProperties: false }),
      '{ "a": string; "b"?: null | undefined }',
    );
    assert.equal(typeOf({ type: 'object', additionalProperties: { type: 'number' } }), '{ [name: string]: number }');
    assert.throws(() => typeOf({ type: 'file' }), /type "file"/);
  });

  it('say what a route takes and answers', () => {
    const text = endpointTypes({
      paths: {
        '/things/{id}': {
          put: {
            summary: 'Change it',
            parameters: [
              { in: 'path', name: 'id', required: true, schema: { type: 'string' } },
              { in: 'query', name: 'dry', schema: { type: 'boolean' } },
            ],
            requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
            responses: {
              200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
              204: {},
              default: {},
            },
          },
        },
      },
      components: { schemas: { Thing: { type: 'string' } } },
    });
    assert.ok(
      text.includes(
        `"PUT /things/{id}": { response: Schemas['Thing'] | undefined; params: { "id": string }; query?: { "dry"?: boolean | undefined }; body: Schemas['Thing'] };`,
      ),
      text,
    );
  });
});
