import assert from 'node:assert/strict';
import fc from 'fast-check';
import { filterMatches, TopicTree } from './topic-tree.ts';

const level = fc.constantFrom('a', 'b', '', 'c');
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([levels, rest]) => [...levels, ...(rest ? ['#'] : [])].join('/'));

describe('topic filters', () => {
  it('match as MQTT 3.1.1, section 4.7, says', () => {
    const cases: [string, string, boolean][] = [
      ['a/b', 'a/b', true],
      ['a/b', 'a/b/c', false],
      ['a/b', 'a', false],
      ['a/+', 'a/b', true],
      ['a/+', 'a/', true],
      ['a/+', 'a', false],
      ['a/+', 'a/b/c', false],
      ['a/#', 'a', true],
      ['a/#', 'a/b/c', true],
      ['#', 'a/b', true],
      ['+/b', 'a/b', true],
      ['+', '/a', false],
    ];
    for (const [pattern, name, expected] of cases) assert.equal(filterMatches(pattern, name), expected, `${pattern} on ${name}`);
  });

  it('give the same through the tree as one by one, after removals too', () => {
    fc.assert(
      fc.property(fc.uniqueArray(filter, { maxLength: 12 }), fc.integer({ min: 0, max: 12 }), topic, (filters, removed, name) => {
        const tree = new TopicTree();
        for (const pattern of filters) tree.add({ clientId: 'c', topic: pattern, qos: 1 });
        for (const pattern of filters.slice(0, removed)) tree.remove(pattern, 'c');
        const left = filters.slice(removed);
        assert.equal(tree.size, left.length);
        const found = tree.match(name).map((subscription) => subscription.topic);
        assert.deepEqual(found.sort(), left.filter((pattern) => filterMatches(pattern, name)).sort());
      }),
    );
  });

  it('keep one subscription per client and filter', () => {
    const tree = new TopicTree();
    tree.add({ clientId: 'c', topic: 'a', qos: 1 });
    tree.add({ clientId: 'c', topic: 'a', qos: 2 });
    tree.add({ clientId: 'd', topic: 'a', qos: 1 });
    tree.remove('a', 'x');
    assert.equal(tree.size, 2);
    assert.deepEqual(
      tree.match('a').map(({ clientId, qos }) => [clientId, qos]),
      [
        ['c', 2],
        ['d', 1],
      ],
    );
  });
});
