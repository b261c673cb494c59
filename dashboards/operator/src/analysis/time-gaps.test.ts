import assert from 'node:assert/strict';
import { gapsOf } from './time-gaps.ts';

const item = (second: number, isAfterGap: boolean) => ({
  ...{ at: new Date(second * 1_000).toISOString(), value: 1, moving_average: 1, rate_per_minute: null, after_gap: isAfterGap },
});

describe('gaps between readings', () => {
  it('reach from the reading before to the one behind', () => {
    const found = gapsOf([item(0, true), item(1, false), item(10, true), item(11, false)]);
    assert.deepEqual(found, [{ startMs: 1_000, endMs: 10_000, seconds: 9 }]);
  });

  it('are none where a device reported less often for a while', () => {
    const slow = [0, 60, 120, 180, 240].map((second) => item(second, true));
    const fast = [241, 242, 243, 244, 245, 246].map((second) => item(second, false));
    assert.deepEqual(gapsOf([...slow, ...fast]), []);
    assert.equal(gapsOf([...slow, item(3_000, true), item(3_060, true), item(3_120, true)]).length, 1);
  });
});
