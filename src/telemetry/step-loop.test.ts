import assert from 'node:assert/strict';
import { silentLogger } from '../core/logger.ts';
import { StepLoop } from './step-loop.ts';
import type { StepLoopOptions } from './step-loop.ts';

type Outcome = 'more' | 'done' | 'fails';

/** A loop whose steps end as they are told to, the last one the same way for ever. */
function setUp(outcomes: readonly Outcome[], options: Partial<StepLoopOptions> = {}) {
  const seen = { steps: 0, afterSteps: 0, atOnce: 0, mostAtOnce: 0, pauses: [] as boolean[], warnings: [] as unknown[][] };
  const waiting: { steps: number; resolve: () => void }[] = [];
  const loop = new StepLoop({
    step: async () => {
      seen.mostAtOnce = Math.max(seen.mostAtOnce, ++seen.atOnce);
      await Promise.resolve();
      seen.atOnce--;
      const outcome = outcomes[Math.min(seen.steps++, outcomes.length - 1)];
      if (outcome === 'fails') throw new Error('away');
      return outcome === 'more';
    },
    afterStep: () => {
      seen.afterSteps++;
      return Promise.resolve();
    },
    pauseMs: (more) => {
      seen.pauses.push(more);
      for (const { steps, resolve } of waiting) if (seen.steps >= steps) resolve();
      return 0;
    },
    logger: { ...silentLogger, warn: (...said) => seen.warnings.push(said) },
    part: 'test',
    failedMessage: 'It is tried again.',
    ...options,
  });
  const after = (steps: number) => new Promise<void>((resolve) => waiting.push({ steps, resolve }));
  return { loop, seen, after };
}

describe('StepLoop', () => {
  it('goes on after a failure and warns once an outage', async () => {
    const { loop, seen, after } = setUp(['fails', 'fails', 'more', 'fails', 'fails', 'done']);
    const settled = after(6);
    loop.start();
    await settled;
    await loop.stop();
    assert.deepEqual(seen.pauses.slice(0, 6), [false, false, true, false, false, false]);
    const warning = [{ part: 'test', error: 'away' }, 'It is tried again.'];
    assert.deepEqual(seen.warnings, [warning, warning]);
  });

  it('counts what comes after a step that fails as a failure of the step', async () => {
    const { loop, seen, after } = setUp(['more'], { afterStep: () => Promise.reject(new Error('no')) });
    const settled = after(2);
    loop.start();
    await settled;
    await loop.stop();
    assert.deepEqual(seen.pauses.slice(0, 2), [false, false]);
    assert.equal(seen.warnings.length, 1);
  });

  it('takes one step at a time, and catches up without what comes after', async () => {
    const { loop, seen } = setUp(['more', 'more', 'more', 'done']);
    await Promise.all([loop.catchUp(), loop.catchUp()]);
    assert.equal(seen.mostAtOnce, 1);
    assert.deepEqual([seen.steps, seen.afterSteps], [5, 0]);
  });

  it('rejects to whoever catches up, without a warning, and goes on', async () => {
    const { loop, seen } = setUp(['fails', 'done']);
    await assert.rejects(loop.catchUp(), /away/);
    await loop.catchUp();
    assert.deepEqual(seen.warnings, []);
  });

  it('starts once, and stops after the step that is under way', async () => {
    const { loop, seen, after } = setUp(['more']);
    const settled = after(1);
    assert.equal(loop.hasBegun, false);
    loop.start();
    loop.start();
    assert.equal(loop.hasBegun, true);
    await settled;
    const caughtUp = loop.catchUp();
    await loop.stop();
    const { steps } = seen;
    assert.equal(seen.atOnce, 0);
    assert.equal(loop.signal.aborted, true);
    await caughtUp;
    await loop.stop();
    assert.equal(seen.steps, steps);
    assert.equal(seen.mostAtOnce, 1);
  });

  it('can be stopped before it has begun', async () => {
    const { loop, seen } = setUp(['more']);
    await loop.stop();
    loop.start();
    await loop.stop();
    assert.equal(seen.steps, 0);
  });
});
