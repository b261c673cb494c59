import assert from 'node:assert/strict';
import { durationText, secondsOf } from './durations.ts';

describe('durations in the form of a rule', () => {
  it('takes seconds, and times with a unit', () => {
    const cases: [string, number | undefined][] = [
      ['90', 90],
      [' 90s ', 90],
      ['5m', 300],
      ['5 min', 300],
      ['1.5h', 5_400],
      ['0,5 h', 1_800],
      ['7d', 604_800],
      ['0', 0],
      ['', undefined],
      ['-5', undefined],
      ['5 weeks', undefined],
      ['m', undefined],
    ];
    for (const [text, seconds] of cases) assert.equal(secondsOf(text), seconds, text);
  });

  it('writes them in the largest unit that fits, and reads that back', () => {
    const cases: [number, string][] = [
      [0, '0s'],
      [45, '45s'],
      [90, '90s'],
      [300, '5m'],
      [5_400, '90m'],
      [3_600, '1h'],
      [604_800, '7d'],
      [0.5, '0.5s'],
    ];
    for (const [seconds, text] of cases) {
      assert.equal(durationText(seconds), text);
      assert.equal(secondsOf(text), seconds);
    }
  });
});
