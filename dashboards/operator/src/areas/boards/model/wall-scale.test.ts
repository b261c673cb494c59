import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { wallScale } from './wall-scale.ts';

describe('how large a wall screen draws a dashboard', () => {
  it('is as on a laptop there, and larger the larger the screen is', () => {
    assert.equal(wallScale({ width: 1_440, height: 900 }, 8), 1);
    assert.equal(wallScale({ width: 390, height: 844 }, 8), 1);
    assert.equal(wallScale({ width: 1_920, height: 1_080 }, 8), 1.2);
    assert.equal(wallScale({ width: 3_840, height: 2_160 }, 8), 2.4);
    assert.equal(wallScale({ width: 3_840, height: 900 }, 8), 1, 'a wide and low one has no room');
  });

  it('leaves room for all rows as long as there is any', () => {
    for (const rows of [15, 20, 30, 37]) {
      const scale = wallScale({ width: 3_840, height: 2_160 }, rows);
      assert.ok(scale >= 1 && scale * (80 + rows * 56) <= 2_160.001, String(rows));
    }
    assert.equal(wallScale({ width: 3_840, height: 2_160 }, 38), 1);
    assert.equal(wallScale({ width: 3_840, height: 2_160 }, 0), 2.4);
  });
});
