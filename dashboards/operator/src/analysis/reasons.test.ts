import assert from 'node:assert/strict';
import {
  NEARLY_ZERO_MEAN,
  NO_READINGS,
  ONE_INSTANT,
  ONE_READING,
  TOO_LARGE,
  ZERO_MEAN,
  tooFewSteps,
} from '../../../../src/analytics/figures.ts';
import { knownReason } from './reasons.ts';

describe('reasons for figures that are not defined', () => {
  it('are known in words of our own', () => {
    assert.equal(knownReason(NO_READINGS)?.text, 'noReadings');
    assert.equal(knownReason(ONE_READING)?.text, 'oneReading');
    assert.equal(knownReason(ONE_INSTANT)?.text, 'oneInstant');
    assert.equal(knownReason(TOO_LARGE)?.text, 'tooLarge');
    assert.equal(knownReason(ZERO_MEAN)?.text, 'zeroMean');
    assert.equal(knownReason(NEARLY_ZERO_MEAN)?.text, 'nearlyZeroMean');
    for (const [steps, who, takes] of [
      [1, 'a forecast', 3],
      [9, 'Holt-Winters', 10],
    ] as const) {
      const values = { n: String(steps), least: String(takes) };
      assert.deepEqual(knownReason(tooFewSteps(steps, { who, takes })), { text: 'fewForForecast', values });
    }
    assert.deepEqual(knownReason('There are 4 steps; too few to keep some back.'), { text: 'fewSteps', values: { n: '4' } });
    assert.deepEqual(
      knownReason('All readings of "a "b"" of "pump-01" are equal: nothing can go together with what does not change.')?.values,
      { key: 'a "b"', device: 'pump-01' },
    );
  });

  it('stay as the server says them where they are not', () => {
    assert.equal(knownReason('Something new.'), undefined);
  });
});
