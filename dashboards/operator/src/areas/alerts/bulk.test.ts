import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { forMany } from './bulk.ts';
import type { BulkOptions, Progress } from './bulk.ts';

class PutOff extends Error {}

function optionsOf(more: Partial<BulkOptions>): BulkOptions {
  return {
    ids: Array.from({ length: 20 }, (_, i) => String(i)),
    work: () => Promise.resolve(),
    concurrency: 4,
    waitOf: (error) => (error instanceof PutOff ? 1_000 : undefined),
    pause: () => Promise.resolve(),
    textOf: String,
    onProgress: () => undefined,
    isStopped: () => false,
    ...more,
  };
}

describe('a deed over many', () => {
  it('is done for each once, no more than so many at a time', async () => {
    const seen: string[] = [];
    let running = 0;
    let most = 0;
    const told: Progress[] = [];
    const work = async (id: string) => {
      seen.push(id);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    const result = await forMany(optionsOf({ work, onProgress: (progress) => told.push(progress) }));
    assert.deepEqual(result, { total: 20, done: 20, failures: [] });
    assert.equal(new Set(seen).size, 20);
    assert.equal(most, 4);
    assert.deepEqual([told[0]?.done, told.at(-1)?.done], [0, 20]);
  });

  it('tells for which it did not work, and goes on', async () => {
    const work = (id: string) => (id === '3' ? Promise.reject(new Error('somebody was quicker')) : Promise.resolve());
    const { done, failures } = await forMany(optionsOf({ work }));
    assert.equal(done, 20);
    assert.deepEqual(failures, [{ id: '3', reason: 'Error: somebody was quicker' }]);
  });

  it('waits as long as the server asks, and not for ever', async () => {
    const pauses: number[] = [];
    let refusals = 0;
    const work = (id: string) => (id === '0' || refusals++ < 3 ? Promise.reject(new PutOff('later')) : Promise.resolve());
    const pause = (ms: number) => {
      pauses.push(ms);
      return Promise.resolve();
    };
    const { failures } = await forMany(optionsOf({ work, pause, concurrency: 1 }));
    assert.deepEqual(
      failures.map(({ id }) => id),
      ['0'],
    );
    assert.equal(pauses.length, 4 + 3);
  });

  it('stops when it is told to', async () => {
    let count = 0;
    const work = () => {
      count += 1;
      return Promise.resolve();
    };
    const { done } = await forMany(optionsOf({ work, concurrency: 1, isStopped: () => count >= 5 }));
    assert.equal(done, 5);
  });

  it('over none is done', async () => {
    assert.deepEqual(await forMany(optionsOf({ ids: [] })), { total: 0, done: 0, failures: [] });
  });
});
