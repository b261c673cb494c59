import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { objectText, parseObject } from './json-object.ts';

describe('a JSON object that a person writes', () => {
  it('is taken, and nothing is an empty one', () => {
    assert.deepEqual(parseObject(' {"a": [1]} '), { value: { a: [1] } });
    assert.deepEqual(parseObject(' \n'), { value: {} });
  });

  it('is refused with a reason', () => {
    for (const text of ['{', '[1]', 'null', '7', '"x"', "{'a':1}"]) assert.ok('error' in parseObject(text), text);
  });

  it('is shown as it can be changed', () => {
    assert.equal(objectText({}), '');
    assert.equal(objectText({ a: 1 }), '{\n  "a": 1\n}');
  });
});
