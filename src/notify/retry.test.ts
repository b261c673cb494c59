import assert from 'node:assert/strict';
import { WEBHOOK_RETRY_DELAYS_MS } from './channels/webhook/webhook-channel.ts';
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

  it('lengthens a pause to what a receiver asks for, up to a day, but never shortens one, and grants no further attempt for it', () => {
    assert.deepEqual(nextStep(channel, 1, { ...busy, retryAfterMs: 30_000 }, none), { outcome: 'retry', delayMs: 30_000 });
    assert.deepEqual(nextStep(channel, 1, { ...busy, retryAfterMs: 1e12 }, none), { outcome: 'retry', delayMs: 86_400_000 });
    assert.deepEqual(nextStep(channel, 1, { ...busy, retryAfterMs: -5 }, none), { outcome: 'retry', delayMs: 1_000 });
    assert.deepEqual(nextStep(channel, 3, { ...busy, retryAfterMs: 1_000 }, none), { outcome: 'retry', delayMs: 4_000 });
    assert.deepEqual(nextStep(channel, 4, { ...busy, retryAfterMs: 30_000 }, none), { outcome: 'failed' });
  });

  it('gives a webhook up after its own three days, however often the receiver asks to be tried again in a second', () => {
    const webhook = { retryDelaysMs: WEBHOOK_RETRY_DELAYS_MS };
    let inAllMs = 0;
    for (let attempt = 1; ; attempt += 1) {
      const step = nextStep(webhook, attempt, { ...busy, retryAfterMs: 1_000 }, none);
      if (step.outcome !== 'retry') break;
      inAllMs += step.delayMs;
    }
    assert.ok(inAllMs > 2.9 * 86_400_000, String(inAllMs));
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
