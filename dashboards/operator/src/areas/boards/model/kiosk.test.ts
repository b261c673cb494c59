import assert from 'node:assert/strict';
import { idsOf, secondsOf, stepped } from './kiosk.ts';

const A = '30e7f7fd-0000-4000-8000-000000000001';
const B = '30e7f7fd-0000-4000-8000-000000000002';

describe('what a wall screen is told by its address', () => {
  it('names dashboards, each once', () => {
    assert.deepEqual(idsOf(`${A},${B},${A}`), [A, B]);
    assert.deepEqual(idsOf([A, null, B]), [A, B]);
    assert.deepEqual(idsOf(`x,../,${B}`), [B]);
    assert.deepEqual([idsOf(undefined), idsOf(''), idsOf(null)], [[], [], []]);
  });

  it('shows each as long as is said, within reason', () => {
    assert.deepEqual(['30', '1', '1e9', 'x', '-4', undefined, '7.4'].map(secondsOf), [30, 5, 3_600, 20, 20, 20, 7]);
  });

  it('goes round in both directions', () => {
    assert.deepEqual([stepped(0, 1, 3), stepped(2, 1, 3), stepped(0, -1, 3), stepped(0, 1, 0)], [1, 0, 2, 0]);
  });
});
