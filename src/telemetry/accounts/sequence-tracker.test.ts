import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LARGEST_GAP, MOST_GAPS, REORDER_WINDOW, SequenceTracker } from './sequence-tracker.ts';
import type { NumberRun, SequenceChange } from './sequence-tracker.ts';

interface Sums {
  numbered: number;
  missing: number;
  restarts: number;
}

function add(sums: Sums, changes: readonly SequenceChange[]): Sums {
  for (const change of changes) {
    sums.numbered += change.numbered;
    sums.missing += change.missing;
    sums.restarts += change.restarts;
  }
  return sums;
}

/** Takes numbers one by one; a negative one is a repeat of its opposite. */
function after(numbers: readonly number[], tracker = new SequenceTracker()): Sums {
  const sums = { numbered: 0, missing: 0, restarts: 0 };
  for (const number of numbers) {
    const first = Math.abs(number);
    add(sums, tracker.take({ first, last: first, hour: 1, isRepeat: number < 0 }));
  }
  return sums;
}

describe('SequenceTracker', () => {
  it('finds nothing missing in numbers without a gap, wherever they begin', () => {
    assert.deepEqual(after([41, 42, 43]), { numbered: 3, missing: 0, restarts: 0 });
    assert.deepEqual(new SequenceTracker().state, undefined);
  });

  it('counts what was passed over as missing until it comes', () => {
    assert.deepEqual(after([1, 2, 5]), { numbered: 3, missing: 2, restarts: 0 });
    assert.deepEqual(after([1, 2, 5, 4]), { numbered: 4, missing: 1, restarts: 0 });
    assert.deepEqual(after([1, 2, 5, 4, 3]), { numbered: 5, missing: 0, restarts: 0 });
  });

  it('takes what came already as sent again, at the end and inside a filled gap', () => {
    assert.deepEqual(after([7, 8, 9, 9, 8, -7]), { numbered: 3, missing: 0, restarts: 0 });
    assert.deepEqual(after([1, 2, 5, 4, 4, 3, 3]), { numbered: 5, missing: 0, restarts: 0 });
  });

  it('takes 0 and 1 as the start of a new numbering, unless the message brought nothing new', () => {
    assert.deepEqual(after([500, 501, 1, 2]), { numbered: 4, missing: 0, restarts: 1 });
    assert.deepEqual(after([500, 501, 0, 1, 2]), { numbered: 5, missing: 0, restarts: 1 });
    assert.deepEqual(after([1, 2, 3, -1]), { numbered: 3, missing: 0, restarts: 0 });
  });

  it('takes a number far behind, and one far ahead, as a new numbering', () => {
    assert.deepEqual(after([REORDER_WINDOW + 100, 50, 51]), { numbered: 3, missing: 0, restarts: 1 });
    assert.deepEqual(after([5, 6 + LARGEST_GAP]), { numbered: 2, missing: LARGEST_GAP, restarts: 0 });
    assert.deepEqual(after([5, 7 + LARGEST_GAP]), { numbered: 2, missing: 0, restarts: 1 });
  });

  it('puts right the hour in which a gap was noticed when it is filled in a later one', () => {
    const tracker = new SequenceTracker({ next: 10, gaps: [] });
    assert.deepEqual(tracker.take({ first: 12, last: 12, hour: 5, isRepeat: false }), [
      { hour: 5, numbered: 0, missing: 2, restarts: 0 },
      { hour: 5, numbered: 1, missing: 0, restarts: 0 },
    ]);
    assert.deepEqual(tracker.take({ first: 10, last: 11, hour: 6, isRepeat: false }), [
      { hour: 5, numbered: 0, missing: -2, restarts: 0 },
      { hour: 6, numbered: 2, missing: 0, restarts: 0 },
    ]);
    assert.deepEqual(tracker.state, { next: 13, gaps: [] });
  });

  it('remembers a bounded number of gaps: the oldest stay missing', () => {
    const odd = Array.from({ length: MOST_GAPS + 2 }, (_, i) => 2_000 + i * 2);
    assert.deepEqual(after([...odd, 2_001]), { numbered: MOST_GAPS + 2, missing: MOST_GAPS + 1, restarts: 0 });
    assert.deepEqual(after([...odd, 2_003]), { numbered: MOST_GAPS + 3, missing: MOST_GAPS, restarts: 0 });
  });

  it('takes runs that lie on both sides of what is expected', () => {
    const tracker = new SequenceTracker({ next: 20, gaps: [{ first: 15, last: 16, hour: 1 }] });
    const run: NumberRun = { first: 14, last: 22, hour: 2, isRepeat: false };
    assert.deepEqual(add({ numbered: 0, missing: 0, restarts: 0 }, tracker.take(run)), { numbered: 5, missing: -2, restarts: 0 });
    assert.deepEqual(tracker.state, { next: 23, gaps: [] });
  });

  it('is right about every loss, repeat and change of order within its window, stored and read again at any point', () => {
    const messages = fc.array(
      fc.record({ lost: fc.boolean(), copies: fc.integer({ min: 1, max: 3 }), delay: fc.integer({ min: 0, max: 40 }) }),
      {
        minLength: 2,
        maxLength: 120,
      },
    );
    fc.assert(
      fc.property(messages, fc.integer({ min: 2, max: 5_000 }), (sent, start) => {
        // The first arrives first: before it nothing is known of a device.
        const arrivals = sent.flatMap(({ lost, copies, delay }, i) =>
          i === 0
            ? [{ number: start, at: -1 }]
            : lost
              ? []
              : Array.from({ length: copies }, (_, copy) => ({ number: start + i, at: i + delay * (copy + 1) })),
        );
        arrivals.sort((a, b) => a.at - b.at);
        const sums = { numbered: 0, missing: 0, restarts: 0 };
        let tracker = new SequenceTracker();
        for (const { number } of arrivals) {
          add(sums, tracker.take({ first: number, last: number, hour: number % 7, isRepeat: false }));
          tracker = new SequenceTracker(tracker.state);
        }
        const came = new Set(arrivals.map(({ number }) => number));
        const highest = Math.max(...came);
        assert.deepEqual(sums, { numbered: came.size, missing: highest - start + 1 - came.size, restarts: 0 });
      }),
    );
  });
});
