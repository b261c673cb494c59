import assert from 'node:assert/strict';
import { customPeriod, localInput, quickPeriod } from './period.ts';

const NOW_MS = new Date('2026-05-12T14:05:30').getTime();
const DAY_MS = 86_400_000;

describe('the period of a trial', () => {
  it('is the last day, week or month up to now', () => {
    assert.deepEqual(quickPeriod('week', NOW_MS), { startMs: NOW_MS - 7 * DAY_MS, endMs: NOW_MS });
    assert.deepEqual(quickPeriod('day', NOW_MS), { startMs: NOW_MS - DAY_MS, endMs: NOW_MS });
  });

  it('goes into the fields of local time and comes back to the minute', () => {
    assert.equal(localInput(NOW_MS), '2026-05-12T14:05');
    const from = localInput(NOW_MS - DAY_MS);
    assert.deepEqual(customPeriod(from, localInput(NOW_MS)), {
      startMs: new Date('2026-05-11T14:05').getTime(),
      endMs: new Date('2026-05-12T14:05').getTime(),
    });
  });

  it('is refused in words when it is blank, backwards or longer than a year', () => {
    const problem = (from: string, to: string) => (customPeriod(from, to) as { problem: string }).problem;
    assert.match(problem('', '2026-05-12T14:05'), /beginning .* is blank/);
    assert.match(problem('2026-05-12T14:05', ''), /end .* is blank/);
    assert.match(problem('2026-05-12T14:05', '2026-05-12T14:05'), /ends before it begins/);
    assert.match(problem('2024-05-12T14:05', '2026-05-12T14:05'), /longer than 366 days/);
  });
});
