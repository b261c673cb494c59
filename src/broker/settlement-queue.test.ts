import assert from 'node:assert/strict';
import fc from 'fast-check';
import { END, FORWARD, SettlementQueue } from './settlement-queue.ts';
import type { PendingPublish } from './settlement-queue.ts';

describe('SettlementQueue', () => {
  it('releases in the order of arrival, each once, whatever the order of settlement', () => {
    const permutation = fc.integer({ min: 1, max: 700 }).chain((size) => fc.shuffledSubarray([...Array(size).keys()], { minLength: size }));
    fc.assert(
      fc.property(permutation, (order) => {
        const queue = new SettlementQueue();
        const released: number[] = [];
        const entries = order.map((_, index): PendingPublish => ({ outcome: undefined, release: () => released.push(index) }));
        for (const entry of entries) queue.add(entry);
        const settled = new Set<number>();
        for (const index of order) {
          const entry = entries[index];
          if (entry !== undefined) queue.settle(entry, FORWARD);
          settled.add(index);
          assert.equal(released.length, firstMissing(settled));
        }
        assert.deepEqual(released, [...entries.keys()]);
      }),
      { numRuns: 25 },
    );
  });

  it('keeps the first outcome and takes new messages while it releases', () => {
    const queue = new SettlementQueue();
    const released: string[] = [];
    const second: PendingPublish = { outcome: undefined, release: ({ kind }) => released.push(`second ${kind}`) };
    const first: PendingPublish = {
      outcome: undefined,
      release: ({ kind }) => {
        released.push(`first ${kind}`);
        queue.add(second);
        queue.settle(second, END);
      },
    };
    queue.add(first);
    queue.settle(first, FORWARD);
    queue.settle(first, END);
    assert.deepEqual(released, ['first forward', 'second end']);
  });
});

function firstMissing(settled: ReadonlySet<number>): number {
  let index = 0;
  while (settled.has(index)) index += 1;
  return index;
}
