import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { NeededDevices } from './needed-devices.ts';

describe('the devices that are shown', () => {
  it('are named when the first part shows them and when the last one no longer does', () => {
    const needed = new NeededDevices();
    assert.deepEqual(needed.add(['a', 'b']), ['a', 'b']);
    assert.deepEqual(needed.add(['b', 'c']), ['c']);
    assert.deepEqual(needed.remove(['a', 'b']), ['a']);
    assert.deepEqual([needed.has('a'), needed.has('b')], [false, true]);
    assert.deepEqual(needed.remove(['b', 'c']), ['b', 'c']);
    assert.deepEqual(needed.ids, []);
  });

  it('are not counted below nothing', () => {
    const needed = new NeededDevices();
    assert.deepEqual(needed.remove(['a']), []);
    assert.deepEqual(needed.add(['a']), ['a']);
  });
});
