import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { staleAfterMs } from './staleness.ts';

describe('when a value is stale', () => {
  const after = (usual: number | null, offline: number | null): number =>
    staleAfterMs({ usual_seconds: usual }, { offline_seconds: offline });

  it('is three of its usual distances later, a minute at least and three days at most', () => {
    assert.equal(after(900, 5), 2_700_000);
    assert.equal(after(0.1, 3_600), 60_000);
    assert.equal(after(10 * 86_400, null), 3 * 86_400_000);
  });

  it('is what the device is watched for, until its pace is known', () => {
    assert.equal(after(null, 300), 300_000);
    assert.equal(after(null, 5), 60_000);
    assert.equal(after(null, null), 60_000);
    assert.equal(staleAfterMs(undefined, undefined), 60_000);
  });

  it('is what the widget says', () => {
    assert.equal(staleAfterMs({ usual_seconds: 900 }, { offline_seconds: 300 }, 5_000), 5_000);
  });
});
