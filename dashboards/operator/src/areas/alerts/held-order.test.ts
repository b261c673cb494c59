import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { nextOrder } from './held-order.ts';

describe('the order of a list that changes', () => {
  it('is the fresh one while nobody is about to click', () => {
    assert.deepEqual(nextOrder(['a', 'b'], ['c', 'b'], false), { order: ['c', 'b'], waiting: 0 });
  });

  it('stays while somebody is: new ones wait, those that are gone keep their place', () => {
    assert.deepEqual(nextOrder(['a', 'b'], ['c', 'd', 'b'], true), { order: ['a', 'b'], waiting: 2 });
    assert.deepEqual(nextOrder(['a', 'b'], [], true), { order: ['a', 'b'], waiting: 0 });
  });

  it('an empty list shows at once what comes', () => {
    assert.deepEqual(nextOrder([], ['a'], true), { order: ['a'], waiting: 0 });
  });
});
