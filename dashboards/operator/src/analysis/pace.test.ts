import assert from 'node:assert/strict';
import { Pace } from './pace.ts';

/** A pace of three turns a minute on a clock of its own, which pauses move on. */
function paceOfThree() {
  let nowMs = 1_000_000;
  const pauses: number[] = [];
  const pace = new Pace({
    most: 3,
    perMs: 60_000,
    nowMs: () => nowMs,
    pause: (durationMs) => {
      pauses.push(durationMs);
      nowMs += durationMs;
      return Promise.resolve();
    },
  });
  return { pace, pauses, pass: (durationMs: number) => (nowMs += durationMs) };
}

describe('the pace of analyses', () => {
  it('gives as many turns at once as are allowed, and the next one when the first is a minute ago', async () => {
    const { pace, pauses, pass } = paceOfThree();
    await pace.turn();
    pass(10_000);
    await pace.turn();
    await pace.turn();
    assert.deepEqual([pace.isFull, pauses], [true, []]);
    await pace.turn();
    assert.deepEqual(pauses, [50_000]);
  });

  it('gives turns in the order in which they were asked for', async () => {
    const { pace, pauses } = paceOfThree();
    const order: number[] = [];
    await Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => pace.turn().then(() => order.push(n))));
    assert.deepEqual(order, [1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(pauses, [60_000, 60_000]);
  });

  it('keeps nobody waiting when the clock is put back', async () => {
    const { pace, pauses, pass } = paceOfThree();
    await Promise.all([pace.turn(), pace.turn(), pace.turn()]);
    pass(-3_600_000);
    assert.equal(pace.isFull, false);
    await pace.turn();
    assert.deepEqual(pauses, []);
  });
});
