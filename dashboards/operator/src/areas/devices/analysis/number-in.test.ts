import assert from 'node:assert/strict';
import { forecastQuery } from '../../../../../../src/contracts/analysis-questions.ts';
import { numberIn } from './number-in.ts';

describe('numbers in the address', () => {
  it('are taken within their limits, and nothing else is', () => {
    assert.deepEqual(
      ['1.5', '-3', '', ' ', 'x', '1e30', '7'].map((text) => numberIn(text, { most: 5 })),
      [1.5, -3, null, null, null, null, null],
    );
    assert.equal(numberIn('-1', { least: 0 }), null);
    for (const text of ['Infinity', '-Infinity', 'NaN', '1e999']) assert.equal(numberIn(text), null, text);
  });

  it('are as small and as large as the analyses take them', () => {
    for (const value of [1e-7, 0.1 / 1440, 1e15, -1e30]) {
      assert.equal(numberIn(String(value)), value);
      assert.equal(forecastQuery.parse({ limit: String(value) }).limit, value);
    }
  });
});
