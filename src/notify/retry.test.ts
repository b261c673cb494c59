import assert from 'node:assert/strict';
import { nextStep } from './retry.ts';

const channel = { retryDelaysMs: [1_000, 2_000, 4_000] };
const busy = { delivered: false, retryable: true, reason: '503' } as const;
const none = (): number => 0;

describe('next step of a notification', () => {
  it('follows the pauses of its channel, then gives up', () => {
    const steps = [1, 2, 3, 4].map((attempt) => nextStep(channel, attempt, busy, none));
    assert.deepEqual(steps, [
      { outcome: 'retry', delayMs: 1_000 },
      { outcome: 'retry', delayMs: 2_000 },
      { outcome: 'retry', delayMs: 4_000 },
      { outcome: 'failed' },
    ]);
  });

  it('is the end of what is delivered or cannot be tried again', () => {
    assert.deepEqual(nextStep(channel, 1, { delivered: true, reason: '' }, none), { outcome: 'delivered' });
    assert.deepEqual(nextStep(channel, 1, { ...busy, retryable: false }, none), { outcome: 'failed' });
  });

  it('takes the pause that a receiver asks for, up to a day, but grants no further attempt for it', () => {
    assert.deepEqual(nextStep(channel, 1, { ...busy, retryAfterMs: 30_000 }, none), { outcome: 'retry', delayMs: 30_000 });
    assert.deepEqual(nextStep(channel, 1, { ...busy, retryAfterMs: 1e12 }, none), { outcome: 'retry', delayMs: 86_400_000 });
    assert.deepEqual(nextStep(channel, 1, { ...busy, retryAfterMs: -5 }, none), { outcome: 'retry', delayMs: 0 });
    assert.deepEqual(nextStep(channel, 4, { ...busy, retryAfterMs: 30_000 }, none), { outcome: 'failed' });
  });

  it('lengthens a pause by a tenth at most', () => {
    assert.deepEqual(
      nextStep(channel, 3, busy, () => 1),
      { outcome: 'retry', delayMs: 4_400 },
    );
    assert.deepEqual(
      nextStep(channel, 3, busy, () => 0.5),
      { outcome: 'retry', delayMs: 4_200 },
    );
  });
});
