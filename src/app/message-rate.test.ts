import assert from 'node:assert/strict';
import { MessageRate } from './message-rate.ts';

const START_MS = 1_750_000_000_000;

/** `perSecond` messages in each of `seconds` seconds from `fromMs` on. */
function send(rate: MessageRate, fromMs: number, seconds: number, perSecond: number): void {
  for (let second = 0; second < seconds; second += 1)
    for (let n = 0; n < perSecond; n += 1) rate.add(fromMs + second * 1_000 + Math.floor((n * 1_000) / perSecond));
}

describe('the rate of messages', () => {
  it('is nothing without any', () => assert.equal(new MessageRate(START_MS).perSecond(START_MS + 60_000), 0));

  it('counts whole seconds, the one that runs not yet', () => {
    const rate = new MessageRate(START_MS);
    send(rate, START_MS, 31, 8);
    assert.equal(rate.perSecond(START_MS + 30_500), 8);
  });

  it('soon after the start divides by the time that there was', () => {
    const rate = new MessageRate(START_MS);
    send(rate, START_MS, 2, 6);
    assert.equal(rate.perSecond(START_MS + 2_000), 6);
  });

  it('falls to nothing ten seconds after the last message, and forgets what was a minute ago', () => {
    const rate = new MessageRate(START_MS);
    send(rate, START_MS, 20, 10);
    assert.equal(rate.perSecond(START_MS + 25_000), 5);
    assert.equal(rate.perSecond(START_MS + 30_000), 0);
    rate.add(START_MS + 80_000);
    assert.equal(rate.perSecond(START_MS + 81_000), 0.1);
  });
});
