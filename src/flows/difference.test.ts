import assert from 'node:assert/strict';
import { differenceOf, isEmpty } from './difference.ts';
import type { FlowNode } from './flow-node.ts';

describe('the difference between flows', () => {
  const tab: FlowNode = { id: 't', type: 'tab', label: 'Plant' };
  const rule: FlowNode = {
    id: 'r',
    type: 'iiot-threshold-rule',
    z: 't',
    name: 'High temperature',
    x: 1,
    y: 1,
    limit: '80',
    wires: [['a']],
  };
  const alert: FlowNode = { id: 'a', type: 'iiot-alert', z: 't', name: '', x: 9, y: 1, wires: [] };
  const before = [tab, rule, alert];

  it('is empty for the same nodes in another order, with their properties in another order', () => {
    const turned = Object.fromEntries(Object.entries(rule).reverse()) as FlowNode;
    const difference = differenceOf(before, [alert, turned, tab]);
    assert.ok(isEmpty(difference));
    assert.equal(difference.summary, 'nothing changed');
    assert.deepEqual(difference.tabs, []);
  });

  it('names what was added, removed and changed, with the properties', () => {
    const switchNode: FlowNode = { id: 's', type: 'switch', z: 't', name: 'Which', x: 1, y: 1, wires: [] };
    const difference = differenceOf(before, [tab, { ...rule, limit: '90', wires: [['s']] }, switchNode]);
    assert.deepEqual(difference.added, [{ id: 's', type: 'switch', name: 'Which', tab: 'Plant' }]);
    assert.deepEqual(difference.removed, [{ id: 'a', type: 'iiot-alert', name: 'iiot-alert', tab: 'Plant' }]);
    assert.deepEqual(
      difference.changed.map(({ id, properties }) => [id, properties]),
      [['r', ['limit', 'wires']]],
    );
    assert.equal(difference.summary, '+1 -1 ~1: Which on Plant, iiot-alert on Plant, High temperature on Plant');
    assert.deepEqual(difference.tabs, [{ tab: 'Plant', added: 1, removed: 1, changed: 1, moved: 0 }]);
  });

  it('tells what only moved from what changed as well', () => {
    const moved = differenceOf(before, [tab, { ...rule, x: 50 }, { ...alert, y: 7, name: 'Tell' }]);
    assert.deepEqual(
      moved.moved.map(({ id }) => id),
      ['r'],
    );
    assert.deepEqual(
      moved.changed.map(({ id, properties }) => [id, properties]),
      [['a', ['name', 'position']]],
    );
    assert.equal(moved.summary, '~1 1 moved: Tell on Plant, High temperature on Plant');
    const toOtherTab = differenceOf(before, [tab, rule, { ...alert, z: 'u' }]);
    assert.deepEqual(
      toOtherTab.changed.map(({ properties }) => properties),
      [['z']],
    );
  });

  it('keeps its line short, whatever nodes are called', () => {
    const many = Array.from({ length: 500 }, (_, n): FlowNode => ({ id: `n${String(n)}`, type: 'comment', name: 'long '.repeat(200) }));
    const { summary } = differenceOf([], many);
    assert.match(summary, /^\+500: .* and 497 more$/);
    assert.ok(summary.length < 250, summary);
  });
});
