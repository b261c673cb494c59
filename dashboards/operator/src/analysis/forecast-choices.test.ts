import assert from 'node:assert/strict';
import { stepFor, STEPS } from './forecast-choices.ts';
import { secondsOf } from './numbers.ts';

describe('the steps of a forecast', () => {
  it('suit the period: many enough to learn from, few enough to look ahead a good part of it', () => {
    for (const hours of [0.25, 1, 8, 24, 168, 720]) {
      const step = stepFor(hours * 3_600_000);
      assert.ok(STEPS.includes(step), step);
      const steps = (hours * 3_600) / (secondsOf(step) ?? 0);
      assert.ok(steps >= 60 && steps <= 240, `${String(hours)} h: ${String(steps)} steps`);
    }
  });
});
