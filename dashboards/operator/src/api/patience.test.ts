import assert from 'node:assert/strict';
import { patiently } from './patience.ts';

describe('patience with limits', () => {
  function server(answers: readonly [status: number, retryAfter?: string][]) {
    const paused: number[] = [];
    let asked = 0;
    const ask = () => {
      const [status, retryAfter] = answers[Math.min(asked, answers.length - 1)] ?? [500];
      asked += 1;
      return Promise.resolve(new Response('{}', { status, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } }));
    };
    const pause = (durationMs: number) => Promise.resolve(void paused.push(durationMs));
    return { ask, pause, paused, asked: () => asked };
  }

  it('waits as long as the answer says, and asks again', async () => {
    const { ask, pause, paused } = server([[429, '7'], [200]]);
    assert.equal((await patiently('GET', ask, pause)).status, 200);
    assert.deepEqual(paused, [7_000]);
  });

  it('gives up after three times, and waits a minute at most', async () => {
    const { ask, pause, paused, asked } = server([[429, '86400']]);
    assert.equal((await patiently('GET', ask, pause)).status, 429);
    assert.deepEqual([paused, asked()], [[60_000, 60_000], 3]);
  });

  it('does not wait for other answers, without a time, or with what changes something', async () => {
    for (const [method, status, retryAfter] of [
      ['GET', 200, '5'],
      ['GET', 503, '5'],
      ['GET', 429, undefined],
      ['GET', 429, 'Wed, 21 Oct 2026 07:28:00 GMT'],
      ['POST', 429, '5'],
    ] as const) {
      const { ask, pause, paused, asked } = server([retryAfter === undefined ? [status] : [status, retryAfter]]);
      assert.equal((await patiently(method, ask, pause)).status, status);
      assert.deepEqual([paused, asked()], [[], 1]);
    }
  });
});
