import assert from 'node:assert/strict';
import { metadataText, parseMetadata } from './metadata-text.ts';

describe('fields of metadata in one line', () => {
  it('are numbers, truth values and words', () => {
    const metadata = { line: 3, spare: false, maker: 'A & B', depth: -1.5 };
    assert.deepEqual(parseMetadata('line=3, spare=false,maker=A & B, depth=-1.5,'), { metadata });
    assert.deepEqual(parseMetadata(metadataText(metadata)), { metadata });
    assert.deepEqual(parseMetadata(''), { metadata: {} });
    assert.equal(metadataText(undefined), '');
  });

  it('need a name and a sign of equality', () => {
    assert.deepEqual(parseMetadata('line'), { wrong: 'line' });
    assert.deepEqual(parseMetadata('a=1, =2'), { wrong: '=2' });
  });
});
