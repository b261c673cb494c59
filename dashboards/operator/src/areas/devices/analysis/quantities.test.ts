import assert from 'node:assert/strict';
import { quantitiesOf } from './quantities.ts';

describe('the quantities that can be analysed', () => {
  it('have numbers first, and texts last', () => {
    const values = new Map<string, { value: string | number | boolean }>([
      ['mode', { value: 'auto' }],
      ['t10', { value: 1 }],
      ['t2', { value: 2 }],
      ['running', { value: true }],
    ]);
    assert.deepEqual(
      quantitiesOf(values, 'en').map(({ key, isText }) => (isText ? `${key}!` : key)),
      ['t2', 't10', 'running', 'mode!'],
    );
    assert.deepEqual(quantitiesOf(undefined, 'en'), []);
  });
});
