import assert from 'node:assert/strict';
import { extremes, isLine, valueAt, withBreaks } from './curves.ts';

const MINUTE = 60_000;

describe('curves of the past', () => {
  const curve = { at_ms: [0, MINUTE, 2 * MINUTE, 20 * MINUTE], min: [1, 2, 3, 4], max: [1, 2, 5, 4] };

  it('break where the device was silent for much longer than usual', () => {
    assert.deepEqual(withBreaks(curve), {
      atMs: [0, MINUTE, 2 * MINUTE, 11 * MINUTE, 20 * MINUTE],
      min: [1, 2, 3, null, 4],
      max: [1, 2, 5, null, 4],
    });
    assert.deepEqual(withBreaks({ at_ms: [], min: [], max: [] }), { atMs: [], min: [], max: [] });
  });

  it('are plain lines while each instant has one value', () => {
    assert.equal(isLine(curve), false);
    assert.equal(isLine({ min: [1, 2], max: [1, 2] }), true);
  });

  it('tell the nearest value, and none where there is none near', () => {
    assert.deepEqual(valueAt(curve, 1.4 * MINUTE, MINUTE), { min: 2, max: 2 });
    assert.deepEqual(valueAt(curve, 1.6 * MINUTE, MINUTE), { min: 3, max: 5 });
    assert.equal(valueAt(curve, 10 * MINUTE, MINUTE), undefined);
    assert.deepEqual(valueAt(curve, 30 * MINUTE, 10 * MINUTE), { min: 4, max: 4 });
    assert.equal(valueAt({ at_ms: [], min: [], max: [] }, 0, MINUTE), undefined);
  });

  it('have a smallest and a largest value when they have any', () => {
    assert.deepEqual(extremes([curve, { min: [-1], max: [9] }]), { low: -1, high: 9 });
    assert.equal(extremes([{ min: [], max: [] }]), undefined);
  });
});
