import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { durationText } from './duration.ts';

describe('durations', () => {
  it('are told in their two largest units', () => {
    const cases: [number, string][] = [
      [0, '0 s'],
      [-5, '0 s'],
      [400, '0.4 s'],
      [59_999, '59 s'],
      [60_000, '1 min'],
      [3_725_000, '1 h 2 min'],
      [86_400_000, '1 d'],
      [200_000_000, '2 d 7 h'],
    ];
    for (const [ms, text] of cases) assert.equal(durationText(ms), text);
  });
});
