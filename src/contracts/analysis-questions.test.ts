import assert from 'node:assert/strict';
import fc from 'fast-check';
import { forecastQuery, timeSeriesQuery, trendQuery } from './analysis-questions.ts';

describe('numbers in questions of analyses', () => {
  it('are taken as programs write them, small and large ones too', () => {
    for (const threshold of [0.1 / 1440, 0.01 / 60, 1e-6 / 3, 5e-324]) {
      assert.equal(trendQuery.parse({ threshold: String(threshold) }).threshold, threshold);
    }
    for (const limit of [1e15, 123_456_789_012_345_680_000, 2 ** 70, -1e21, 1.7976931348623157e308]) {
      assert.equal(forecastQuery.parse({ limit: String(limit) }).limit, limit);
    }
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        // 0 has no sign in a text.
        assert.equal(timeSeriesQuery.parse({ min_value: String(value) }).min_value, value === 0 ? 0 : value);
      }),
    );
  });

  it('are not taken when they are none, or more than a number can be', () => {
    for (const limit of ['', ' ', 'x', '1e999', '0x10', 'Infinity', 'NaN', '1,5', '1.', '.5', '5 ', '9'.repeat(26)]) {
      assert.equal(forecastQuery.safeParse({ limit }).error?.issues[0]?.message, 'Send a number such as 80.', limit);
    }
    assert.equal(forecastQuery.safeParse({ horizon: '2.5' }).success, false);
    assert.equal(forecastQuery.safeParse({ confidence: '49.99999999999999' }).success, false);
  });
});
