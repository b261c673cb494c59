import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { barRange, drawable, scalesOf, valueRange } from './axes.ts';

describe('the axes of a chart', () => {
  it('leave room around the line', () => {
    assert.deepEqual(valueRange(0, 100), [-10, 110]);
  });

  it('show limits that are near, and leave those that are far', () => {
    assert.deepEqual(valueRange(0, 100, [120]), [-12, 132]);
    assert.deepEqual(valueRange(0, 100, [5_000]), [-10, 110]);
  });

  it('show means of equal readings as one line, and small differences of large values as such', () => {
    const [low, high] = valueRange(21.299999999999994, 21.3);
    assert.ok(low < 20 && high > 23, `${String(low)} ${String(high)}`);
    assert.deepEqual(valueRange(1_000_000_000, 1_000_000_010), [999_999_999, 1_000_000_011]);
  });

  it('are never empty and never endless', () => {
    for (const [low, high] of [
      valueRange(null, null),
      valueRange(5, 5),
      valueRange(0, 0),
      valueRange(-1.7e308, 1.7e308),
      valueRange(NaN, 1),
    ]) {
      assert.ok(
        Number.isFinite(low) && Number.isFinite(high) && high > low && Number.isFinite(high - low),
        `${String(low)} ${String(high)}`,
      );
    }
  });

  it('hold what is drawn, however large it is', () => {
    assert.deepEqual([drawable(21.5), drawable(-1.7e300)], [21.5, -1.7e300]);
    for (const values of [[Number.MAX_VALUE], [-Number.MAX_VALUE], [-Number.MAX_VALUE, Number.MAX_VALUE], [0, 1.8e307]]) {
      const drawn = values.map(drawable);
      const [low, high] = valueRange(Math.min(...drawn), Math.max(...drawn));
      assert.ok(
        drawn.every((value) => low < value && value < high),
        String(values),
      );
    }
  });

  it('let bars stand on zero', () => {
    assert.equal(barRange(5, 10)[0], 0);
    assert.equal(barRange(-10, -5)[1], 0);
    assert.ok(barRange(-5, 5)[0] < -5);
    assert.deepEqual(barRange(null, null), [0, 1]);
  });

  it('are one for each unit, and one for truth values', () => {
    const number = (unit: string) => ({ kind: 'number' as const, unit });
    assert.deepEqual(scalesOf([number('°C'), number('bar'), { kind: 'boolean', unit: '' }, number('°C'), number('')]), {
      names: ['y0', 'y1', 'truth', 'y0', 'y2'],
      units: ['°C', 'bar', ''],
    });
  });
});
