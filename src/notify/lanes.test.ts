import assert from 'node:assert/strict';
import { Lanes } from './lanes.ts';

function lanes(limits: Partial<ConstructorParameters<typeof Lanes>[0]> = {}): Lanes<string> {
  return new Lanes({ intervalMs: 0, perLane: 3, inAll: 10, ...limits });
}

describe('lanes', () => {
  it('lets one after the other begin in a lane, and lanes beside each other', () => {
    const given = lanes();
    for (const item of ['a1', 'a2', 'b1']) assert.equal(given.offer(item, item.slice(0, 1), 0), undefined);
    assert.equal(given.next(0)?.item, 'a1');
    assert.equal(given.next(0)?.item, 'b1');
    assert.equal(given.next(0), undefined);
    given.done('a', 5, 5);
    assert.equal(given.next(5)?.item, 'a2');
  });

  it('lets what has no lane begin at once', () => {
    const given = lanes();
    for (const item of ['x', 'y', 'z']) given.offer(item, undefined, 0);
    assert.deepEqual([given.next(0)?.item, given.next(0)?.item, given.next(0)?.item], ['x', 'y', 'z']);
  });

  it('keeps the distance between beginnings and says when it is over', () => {
    const given = lanes({ intervalMs: 1_000 });
    given.offer('a1', 'a', 0);
    given.offer('a2', 'a', 0);
    assert.equal(given.next(0)?.item, 'a1');
    given.done('a', 10, 10);
    assert.equal(given.next(10), undefined);
    assert.equal(given.wakeAtMs(10), 1_000);
    assert.equal(given.next(999), undefined);
    assert.equal(given.next(1_000)?.item, 'a2');
    assert.equal(given.wakeAtMs(1_000), undefined);
  });

  it('keeps the distance also after a lane was empty', () => {
    const given = lanes({ intervalMs: 1_000 });
    given.offer('a1', 'a', 0);
    given.next(0);
    given.done('a', 10, 10);
    given.wakeAtMs(10);
    given.offer('a2', 'a', 500);
    assert.equal(given.next(500), undefined);
    assert.equal(given.next(1_000)?.item, 'a2');
  });

  it('puts off what a lane cannot keep until about its turn, each after the one before', () => {
    const given = lanes({ intervalMs: 1_000 });
    given.offer('a0', 'a', 0);
    given.next(0);
    for (const item of ['a1', 'a2', 'a3']) assert.equal(given.offer(item, 'a', 0), undefined);
    assert.equal(given.offer('a4', 'a', 0), 4_000);
    assert.equal(given.offer('a5', 'a', 0), 5_000);
    let last = 0;
    for (let index = 0; index < 1_000; index += 1) last = given.offer('more', 'a', 0) ?? 0;
    assert.equal(last, 300_000);
  });

  it('takes from a full house only what can begin at once', () => {
    const given = lanes({ perLane: 10, inAll: 2 });
    given.offer('a0', 'a', 0);
    given.next(0);
    given.offer('a1', 'a', 0);
    given.offer('a2', 'a', 0);
    assert.notEqual(given.offer('a3', 'a', 0), undefined);
    assert.equal(given.offer('b1', 'b', 0), undefined);
    assert.equal(given.next(0)?.item, 'b1');
  });
});
