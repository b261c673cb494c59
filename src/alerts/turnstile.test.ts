import assert from 'node:assert/strict';
import { Turnstile } from './turnstile.ts';

describe('turnstile', () => {
  it('lets a few in at a time, in order, and goes on after a failure', async () => {
    const turnstile = new Turnstile(3);
    const begun: number[] = [];
    let inside = 0;
    let most = 0;
    const all = Array.from({ length: 2_500 }, (_, i) =>
      turnstile.pass(async () => {
        begun.push(i);
        inside += 1;
        most = Math.max(most, inside);
        await Promise.resolve();
        inside -= 1;
        if (i % 7 === 0) throw new Error('failed');
        return i;
      }),
    );
    const results = await Promise.allSettled(all);
    assert.equal(most, 3);
    assert.deepEqual(begun, [...all.keys()]);
    assert.equal(results.filter(({ status }) => status === 'rejected').length, 358);
    assert.equal(await turnstile.pass(() => Promise.resolve('still open')), 'still open');
  });
});
