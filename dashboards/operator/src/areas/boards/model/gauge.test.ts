import assert from 'node:assert/strict';
import { arcPath, partOf, scaleOf, zoneOf, zonesOf } from './gauge.ts';

const NONE = { lower: null, upper: null };
const AUTO = { min: null, max: null };

describe('a gauge', () => {
  it('runs as somebody said, else from 0 to a round number above what is seen on it', () => {
    assert.deepEqual(scaleOf(50, { min: 20, max: 120 }, NONE), { min: 20, max: 120 });
    assert.deepEqual(scaleOf(58, AUTO, NONE), { min: 0, max: 100 });
    assert.deepEqual(scaleOf(58, AUTO, { lower: null, upper: 180 }), { min: 0, max: 250 });
    assert.deepEqual(scaleOf(-12, AUTO, NONE), { min: -20, max: -10 });
    assert.deepEqual(scaleOf(undefined, AUTO, NONE), { min: 0, max: 100 });
    assert.deepEqual(scaleOf(0, AUTO, NONE), { min: 0, max: 100 });
    for (const value of [Number.MAX_VALUE, -Number.MAX_VALUE]) {
      const scale = scaleOf(value, AUTO, NONE);
      assert.ok(Number.isFinite(scale.max - scale.min), JSON.stringify(scale));
      assert.equal(partOf(value, scale), value > 0 ? 1 : 0);
    }
    for (const value of [1e-9, 1e300, -1e300, 0.5]) {
      const scale = scaleOf(value, AUTO, NONE);
      assert.ok(scale.max > scale.min && scale.min <= value && value <= scale.max, JSON.stringify({ value, scale }));
    }
    const reversed = scaleOf(5, { min: 10, max: 10 }, NONE);
    assert.ok(reversed.max > reversed.min);
  });

  it('shows values beyond its ends at them', () => {
    const scale = { min: 0, max: 10 };
    assert.deepEqual([partOf(-5, scale), partOf(2.5, scale), partOf(99, scale)], [0, 0.25, 1]);
  });

  it('has the zones that limits make', () => {
    const scale = { min: 0, max: 100 };
    assert.deepEqual(zonesOf(scale, NONE), [{ zone: 'ok', from: 0, to: 1 }]);
    assert.deepEqual(zonesOf(scale, { lower: 10, upper: 80 }), [
      { zone: 'low', from: 0, to: 0.1 },
      { zone: 'ok', from: 0.1, to: 0.8 },
      { zone: 'high', from: 0.8, to: 1 },
    ]);
    assert.deepEqual(zonesOf(scale, { lower: null, upper: 500 }), [{ zone: 'ok', from: 0, to: 1 }]);
    assert.deepEqual(
      [5, 10, 80, 81].map((value) => zoneOf(value, { lower: 10, upper: 80 })),
      ['low', 'ok', 'ok', 'high'],
    );
  });

  it('is drawn as arcs of a circle', () => {
    assert.equal(arcPath(0, 1, 100), 'M -86.60 50.00 A 100 100 0 1 1 86.60 50.00');
    assert.equal(arcPath(0, 0.5, 100), 'M -86.60 50.00 A 100 100 0 0 1 0.00 -100.00');
  });
});
