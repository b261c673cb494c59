import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { changeOf, riseOf } from './history-text.ts';

describe('the history of an alert', () => {
  it('tells from which severity to which one it grew', () => {
    assert.deepEqual(riseOf('warning -> critical'), { from: 'warning', to: 'critical' });
    for (const other of [null, '', 'warning', 'mild -> critical', 'info -> warning\n']) assert.equal(riseOf(other), undefined);
  });

  it('knows its changes, and does not make up others', () => {
    assert.deepEqual([changeOf('note'), changeOf('toString')], ['note', undefined]);
  });
});
