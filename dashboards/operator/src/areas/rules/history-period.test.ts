import assert from 'node:assert/strict';
import { chosenOf, periodOf } from './history-period.ts';

const NOW_MS = Date.parse('2026-03-10T12:00:30Z');

describe('the period of a trial', () => {
  it('is the last day, week or month up to now', () => {
    const week = periodOf({ choice: 'week', from: '', to: '' }, NOW_MS);
    assert.deepEqual(week, { startMs: NOW_MS - 7 * 86_400_000, endMs: NOW_MS });
  });

  it('is between two local times, the minute that has begun included', () => {
    const period = { startMs: NOW_MS - 3_600_000, endMs: NOW_MS };
    const chosen = periodOf(chosenOf(period), NOW_MS);
    assert.deepEqual(chosen, { startMs: NOW_MS - 3_600_000 - 30_000, endMs: NOW_MS + 30_000 });
  });

  it('is refused when it is blank, backwards or too long', () => {
    const of = (from: string, to: string) => periodOf({ choice: 'custom', from, to }, NOW_MS);
    assert.deepEqual(of('', '2026-03-10T12:00'), { problem: 'noStart' });
    assert.deepEqual(of('2026-03-10T12:00', ''), { problem: 'noEnd' });
    assert.deepEqual(of('2026-03-10T12:00', '2026-03-10T12:00'), { problem: 'backwards' });
    assert.deepEqual(of('2024-03-10T12:00', '2026-03-10T12:00'), { problem: 'tooLong' });
  });
});
