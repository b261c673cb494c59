import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TimerHeap } from './timer-heap.ts';

describe('timer heap', () => {
  it('gives what is due in the order of the instants, whatever was set when', () => {
    const operations = fc.array(fc.oneof(fc.record({ set: fc.nat(1_000) }), fc.record({ now: fc.nat(1_000) })), { maxLength: 200 });
    fc.assert(
      fc.property(operations, (list) => {
        const heap = new TimerHeap<number>();
        let expected: number[] = [];
        for (const operation of list) {
          if ('set' in operation) {
            heap.push({ dueAtMs: operation.set, owner: operation.set });
            expected.push(operation.set);
            continue;
          }
          const due: number[] = [];
          for (let entry = heap.popDue(operation.now); entry !== undefined; entry = heap.popDue(operation.now)) due.push(entry.owner);
          assert.deepEqual(
            due,
            expected.filter((at) => at <= operation.now).sort((a, b) => a - b),
          );
          expected = expected.filter((at) => at > operation.now);
          assert.equal(heap.nextDueMs(), expected.length === 0 ? undefined : Math.min(...expected));
        }
      }),
    );
  });
});
