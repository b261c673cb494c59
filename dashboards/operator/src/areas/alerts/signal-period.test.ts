import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { firstView, isLong, signalPeriod } from './signal-period.ts';

const MINUTE_MS = 60_000;
const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const lasting = (minutes: number) => ({ raisedAtMs: NOW_MS - minutes * MINUTE_MS, resolvedAtMs: undefined });

describe('the period of the chart of an alert', () => {
  it('of one that lasts ends now, has time before it, and is steady', () => {
    assert.deepEqual(signalPeriod(lasting(0), 'whole', NOW_MS), { lastMs: 20 * MINUTE_MS });
    assert.deepEqual(signalPeriod(lasting(5), 'whole', NOW_MS), { lastMs: 20 * MINUTE_MS });
    assert.deepEqual(signalPeriod(lasting(61), 'whole', NOW_MS), { lastMs: 80 * MINUTE_MS });
    assert.deepEqual(signalPeriod(lasting(-3), 'whole', NOW_MS), { lastMs: 20 * MINUTE_MS }, 'a device whose clock is ahead');
  });

  it('of one that is over has time on both sides', () => {
    const raisedAtMs = NOW_MS - 100 * MINUTE_MS;
    assert.deepEqual(signalPeriod({ raisedAtMs, resolvedAtMs: NOW_MS }, 'whole', NOW_MS + 1), {
      startMs: raisedAtMs - 50 * MINUTE_MS,
      endMs: NOW_MS + 50 * MINUTE_MS,
    });
    assert.deepEqual(signalPeriod({ raisedAtMs, resolvedAtMs: raisedAtMs }, 'whole', NOW_MS), {
      startMs: raisedAtMs - 10 * MINUTE_MS,
      endMs: raisedAtMs + 10 * MINUTE_MS,
    });
  });

  it('of a long one can be that of its beginning', () => {
    assert.deepEqual([isLong(lasting(60), NOW_MS), isLong(lasting(180), NOW_MS)], [false, true]);
    assert.deepEqual([firstView(lasting(180), NOW_MS), firstView(lasting(3_000), NOW_MS)], ['whole', 'beginning']);
    const { raisedAtMs } = lasting(3_000);
    assert.deepEqual(signalPeriod(lasting(3_000), 'beginning', NOW_MS), {
      startMs: raisedAtMs - 30 * MINUTE_MS,
      endMs: raisedAtMs + 30 * MINUTE_MS,
    });
  });
});
