import assert from 'node:assert/strict';
import { Turns } from './turns.ts';

describe('nodes of which one takes part', () => {
  const platform = {};

  it('lets the one with the lowest id, and tells the others where it is', () => {
    const turns = new Turns();
    const told: string[] = [];
    const join = (nodeId: string, tabLabel: string) =>
      turns.join(platform, { nodeId, tabLabel, onTurn: (otherTab) => told.push(`${nodeId}: ${otherTab ?? 'mine'}`) });
    join('b', 'Second');
    const leave = join('a', 'First');
    assert.deepEqual(told.splice(0), ['b: mine', 'b: First', 'a: mine']);
    leave();
    assert.deepEqual(told, ['b: mine']);
  });

  it('keeps platforms apart', () => {
    const turns = new Turns();
    const mine: string[] = [];
    for (const nodeId of ['a', 'b']) turns.join({}, { nodeId, tabLabel: '', onTurn: (other) => other ?? mine.push(nodeId) });
    assert.deepEqual(mine, ['a', 'b']);
  });
});
