import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { latestFromItem, latestFromUpdate, mergeValue, PendingValues } from './latest-values.ts';
import type { LatestValue } from './latest-values.ts';

function reading(value: number, timeUs: number): LatestValue {
  return { value, unit: 'C', timeUs, timeMs: Math.floor(timeUs / 1_000), quality: 100 };
}

describe('newest values', () => {
  it('a late reading does not overwrite a newer one, in whatever order they come', () => {
    const values = new Map<string, LatestValue>();
    assert.equal(mergeValue(values, 'temperature', reading(20, 2_000_000)), true);
    assert.equal(mergeValue(values, 'temperature', reading(19, 1_000_000)), false);
    assert.equal(mergeValue(values, 'temperature', reading(20, 2_000_000)), false);
    assert.equal(mergeValue(values, 'temperature', reading(21, 2_000_001)), true);
    assert.equal(values.get('temperature')?.value, 21);
  });

  it('reads the same instant from the API and from a live update', () => {
    const timestamp = '2026-01-31T06:30:00.123456Z';
    const fromApi = latestFromItem({ device_id: 'p', key: 'k', timestamp, value: 1, unit: null, quality: 90 });
    const fromSocket = latestFromUpdate({ device_id: 'p', timestamp, points: { k: { value: 1, unit: null, timestamp, quality: 90 } } });
    assert.deepEqual(fromSocket, [['k', fromApi]]);
  });

  it('keeps one pending value per series and hands it out once', () => {
    const pending = new PendingValues();
    for (let n = 1; n <= 1_000; n += 1) pending.add('pump', 'temperature', reading(n, n));
    pending.add('pump', 'temperature', reading(5, 5));
    pending.add('pump', 'pressure', reading(7, 7));
    const taken = pending.take();
    assert.equal(taken.get('pump')?.get('temperature')?.value, 1_000);
    assert.equal(taken.get('pump')?.size, 2);
    assert.equal(pending.take().size, 0);
  });
});
