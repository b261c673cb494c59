import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { formatNumber, formatUnit, formatValue } from './format-value.ts';

const WORDS = { yes: 'true', no: 'false' };

describe('values for people', () => {
  const cases: [value: number, english: string, spanish: string][] = [
    [0, '0', '0'],
    [58, '58', '58'],
    [58.2371, '58.24', '58,24'],
    [1.5, '1.50', '1,50'],
    [0.01234, '0.0123', '0,0123'],
    [123.456, '123.5', '123,5'],
    [-40.25, '-40.25', '-40,25'],
    [12_345.678, '12,345.7', '12.345,7'],
    [1_500_000_000_000, '1.5E12', '1,5E12'],
    [0.0000012, '1.2E-6', '1,2E-6'],
  ];
  for (const [value, english, spanish] of cases) {
    it(`${String(value)} in English and in Spanish`, () => {
      assert.equal(formatNumber(value, 'en'), english);
      assert.equal(formatNumber(value, 'es'), spanish);
    });
  }

  it('has as many decimals as somebody set', () => {
    assert.equal(formatNumber(85.5, 'en', 1), '85.5');
    assert.equal(formatNumber(85.25, 'es', 0), '85');
    assert.equal(formatNumber(1, 'en', 2), '1.00');
    assert.equal(formatValue(2_000_000_000, 'en', WORDS, 0), '2,000,000,000');
    assert.equal(formatValue('text', 'en', WORDS, 3), 'text');
  });

  it('shows truth values as words and text as it came', () => {
    assert.equal(formatValue(true, 'en', WORDS), 'true');
    assert.equal(formatValue(false, 'en', WORDS), 'false');
    assert.equal(formatValue('<img onerror>', 'en', WORDS), '<img onerror>');
  });

  it('writes degrees as people do', () => {
    assert.equal(formatUnit('C'), '°C');
    assert.equal(formatUnit('bar'), 'bar');
    assert.equal(formatUnit(null), '');
  });
});
