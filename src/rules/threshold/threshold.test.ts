import assert from 'node:assert/strict';
import type { ThresholdConditions } from '../../contracts/rules.ts';
import type { PointValue } from '../../contracts/telemetry.ts';
import { reduceLimit } from '../limit/reduce.ts';
import { carryOverMemory, initialMemory, parseMemory } from '../limit/memory.ts';
import { initialLimitState, limitStateSchema } from '../limit/state.ts';

/** One step: a reading (`value`, read at `at` seconds, arrived at `arrived`, which is `at` unless given) or the timer. */
type Row =
  { at: number; value: PointValue; arrived?: number; expect: string } | { at: number; timer: 'online' | 'offline'; expect: string };

/** A Tuesday; any instant will do. */
const BASE_MS = 1_761_582_600_000;

function run(conditions: ThresholdConditions, rows: readonly Row[]): void {
  let state = initialLimitState();
  for (const [index, row] of rows.entries()) {
    const event =
      'timer' in row
        ? { kind: 'timer' as const, online: row.timer === 'online' }
        : {
            kind: 'point' as const,
            value: row.value,
            timeUs: (BASE_MS + row.at * 1_000) * 1_000,
            arrivedAtMs: BASE_MS + (row.arrived ?? row.at) * 1_000,
          };
    const step = reduceLimit(conditions, state, event, BASE_MS + row.at * 1_000);
    const said = step.transitions.map((t) => {
      const at = (t.atUs / 1_000 - BASE_MS) / 1_000;
      const since = (t.sinceUs / 1_000 - BASE_MS) / 1_000;
      return `${t.kind} ${String(t.value)} @${at} since ${since} x${t.occurrences}`;
    });
    const due = step.dueAtMs === null ? '' : `due ${(step.dueAtMs - BASE_MS) / 1_000}`;
    assert.equal([...said, due].filter((word) => word !== '').join(', '), row.expect, `step ${index}: ${JSON.stringify(row)}`);
    state = limitStateSchema.parse(JSON.parse(JSON.stringify(step.state)));
  }
}

const over50: ThresholdConditions = { key: 'temperature', operator: '>', value: 50 };

describe('threshold rule', () => {
  it('raises at the first violating reading and clears at the first that does not violate', () => {
    run(over50, [
      { at: 0, value: 50, expect: '' },
      { at: 1, value: 50.1, expect: 'raised 50.1 @1 since 1 x1' },
      { at: 2, value: 60, expect: 'due 11' },
      { at: 3, value: 50, expect: 'cleared 50 @3 since 3 x1' },
      { at: 4, value: 49, expect: '' },
      { at: 5, value: 51, expect: 'raised 51 @5 since 5 x1' },
    ]);
  });

  for (const [operator, violating, fine] of [
    ['>', 51, 50],
    ['>=', 50, 49.9],
    ['<', 49, 50],
    ['<=', 50, 50.1],
    ['==', 50, 51],
    ['!=', 49, 50],
  ] as const) {
    it(`knows the operator ${operator}`, () => {
      run({ ...over50, operator }, [
        { at: 0, value: fine, expect: '' },
        { at: 1, value: violating, expect: `raised ${violating} @1 since 1 x1` },
        { at: 2, value: fine, expect: `cleared ${fine} @2 since 2 x0` },
      ]);
    });
  }

  it('stays active inside the hysteresis band and does not count its readings as violating', () => {
    run({ ...over50, clear_value: 48 }, [
      { at: 0, value: 51, expect: 'raised 51 @0 since 0 x1' },
      { at: 1, value: 49, expect: '' },
      { at: 2, value: 48.1, expect: '' },
      { at: 3, value: 52, expect: 'due 10' },
      { at: 4, value: 48, expect: 'cleared 48 @4 since 4 x1' },
      { at: 5, value: 49, expect: '' },
    ]);
  });

  it('has the hysteresis on the other side for "<"', () => {
    run({ ...over50, operator: '<', value: 10, clear_value: 12 }, [
      { at: 0, value: 9, expect: 'raised 9 @0 since 0 x1' },
      { at: 1, value: 11, expect: '' },
      { at: 2, value: 12, expect: 'cleared 12 @2 since 2 x0' },
    ]);
  });

  it('completes a duration by the timer, with the event time at which it completed', () => {
    run({ ...over50, duration_seconds: 60 }, [
      { at: 0, value: 51, arrived: 2, expect: 'due 62' },
      { at: 50, value: 55, arrived: 52, expect: 'due 62' },
      { at: 61.9, timer: 'online', expect: 'due 62' },
      { at: 62, timer: 'online', expect: 'raised 55 @60 since 0 x1' },
      { at: 63, timer: 'online', expect: '' },
    ]);
  });

  it('completes a duration by a reading, whichever comes first', () => {
    run({ ...over50, duration_seconds: 60 }, [
      { at: 0, value: 51, arrived: 5, expect: 'due 65' },
      { at: 60, value: 52, arrived: 60, expect: 'raised 52 @60 since 0 x1' },
    ]);
  });

  it('moves the timer when later readings come with less delay', () => {
    run({ ...over50, duration_seconds: 60 }, [
      { at: 0, value: 51, arrived: 10, expect: 'due 70' },
      { at: 20, value: 51, arrived: 21, expect: 'due 61' },
      { at: 30, value: 51, arrived: 40, expect: 'due 61' },
    ]);
  });

  it('starts the duration anew after a reading that does not violate, the clear value notwithstanding', () => {
    run({ ...over50, duration_seconds: 60, clear_value: 40 }, [
      { at: 0, value: 51, expect: 'due 60' },
      { at: 30, value: 49, expect: '' },
      { at: 40, value: 51, expect: 'due 100' },
      { at: 90, value: 52, expect: 'due 100' },
      { at: 100, timer: 'online', expect: 'raised 52 @100 since 40 x1' },
    ]);
  });

  it('does not complete a duration by waiting on a single reading, but by the next one that says the same', () => {
    run({ ...over50, duration_seconds: 60 }, [
      { at: 0, value: 51, expect: 'due 60' },
      { at: 60, timer: 'online', expect: '' },
      { at: 61, value: 53, expect: 'raised 53 @61 since 0 x1' },
    ]);
  });

  it('does not complete a duration while the device is offline, and does when it is back in time', () => {
    run({ ...over50, duration_seconds: 60 }, [
      { at: 0, value: 51, expect: 'due 60' },
      { at: 55, value: 51, expect: 'due 60' },
      { at: 60, timer: 'offline', expect: 'due 60' },
      { at: 70, timer: 'online', expect: 'raised 51 @60 since 0 x1' },
    ]);
  });

  it('lets a batch of two-hour-old readings satisfy a duration only by its own times', () => {
    run({ ...over50, duration_seconds: 300 }, [
      { at: -7_200, value: 51, arrived: 0, expect: 'due 300' },
      { at: -7_000, value: 52, arrived: 0, expect: 'due 100' },
      { at: 100, timer: 'online', expect: '' },
    ]);
    run({ ...over50, duration_seconds: 300 }, [
      { at: -7_200, value: 51, arrived: 0, expect: 'due 300' },
      { at: -6_900, value: 52, arrived: 0, expect: 'raised 52 @-6900 since -7200 x1' },
      { at: -6_800, value: 40, arrived: 0, expect: 'cleared 40 @-6800 since -6800 x0' },
    ]);
  });

  it('reports repeats together, at most every ten seconds of event time and of arrival', () => {
    run(over50, [
      { at: 0, value: 51, expect: 'raised 51 @0 since 0 x1' },
      { at: 4, value: 52, expect: 'due 10' },
      { at: 8, value: 53, expect: 'due 10' },
      { at: 10, value: 54, expect: 'repeated 54 @10 since 0 x3' },
      { at: 19.9, value: 55, expect: 'due 20' },
      { at: 25, value: 56, expect: 'repeated 56 @25 since 0 x2' },
      { at: 26, value: 57, expect: 'due 35' },
      { at: 27, value: 1, expect: 'cleared 1 @27 since 27 x1' },
    ]);
    run(over50, [
      { at: -1_000, value: 51, arrived: 0, expect: 'raised 51 @-1000 since -1000 x1' },
      { at: -900, value: 52, arrived: 1, expect: 'due 10' },
      { at: -800, value: 53, arrived: 2, expect: 'due 10' },
      { at: -700, value: 54, arrived: 10, expect: 'repeated 54 @-700 since -1000 x3' },
    ]);
  });

  it('reports repeats by the timer when nothing follows, with the last of them, and once', () => {
    run({ ...over50, clear_value: 45 }, [
      { at: 0, value: 51, expect: 'raised 51 @0 since 0 x1' },
      { at: 4, value: 52, expect: 'due 10' },
      { at: 5, value: 53, expect: 'due 10' },
      // Neither violates nor clears: not a repeat.
      { at: 6, value: 47, expect: 'due 10' },
      { at: 9.9, timer: 'online', expect: 'due 10' },
      { at: 10, timer: 'offline', expect: 'repeated 53 @5 since 0 x2' },
      { at: 11, timer: 'online', expect: '' },
      { at: 12, value: 54, expect: 'due 20' },
      { at: 20, timer: 'online', expect: 'repeated 54 @12 since 0 x1' },
      { at: 21, value: 40, expect: 'cleared 40 @21 since 21 x0' },
    ]);
  });

  it('sets the timer for repeats that an older program left unreported', () => {
    const state = {
      ...initialLimitState(),
      phase: 'active',
      since_us: 1,
      raised_us: 1,
      last_us: 5,
      last_value: 60,
      unreported: 3,
      reported_ms: BASE_MS,
    };
    const { state: next } = parseMemory(state);
    assert.equal(next.due_ms, BASE_MS + 10_000);
    const { transitions } = reduceLimit(over50, next, { kind: 'timer', online: true }, BASE_MS + 10_000);
    assert.deepEqual(transitions, [{ kind: 'repeated', atUs: 5, sinceUs: 1, value: 60, occurrences: 3 }]);
  });

  it('does not judge a point that is not newer than the last one judged', () => {
    run(over50, [
      { at: 10, value: 40, expect: '' },
      { at: 10, value: 60, expect: '' },
      { at: 9, value: 60, expect: '' },
      { at: 11, value: 60, expect: 'raised 60 @11 since 11 x1' },
      { at: 8, value: 10, expect: '' },
    ]);
  });

  it('skips text always and booleans unless asked for equality', () => {
    run(over50, [
      { at: 0, value: 'hot', expect: '' },
      { at: 1, value: true, expect: '' },
    ]);
    run({ ...over50, operator: '==', value: 1 }, [
      { at: 0, value: '1', expect: '' },
      { at: 1, value: true, expect: 'raised true @1 since 1 x1' },
      { at: 2, value: false, expect: 'cleared false @2 since 2 x0' },
    ]);
  });

  it('starts afresh from a stored state of another shape', () => {
    assert.deepEqual(parseMemory({ phase: 'burning' }), initialMemory());
  });

  it('keeps what is active and drops what was building up when its conditions change', () => {
    const times = { since_us: 1, last_us: 1, raised_us: 1, last_value: 60 };
    const active = { ...initialMemory(), state: { ...initialLimitState(), ...times, phase: 'active' as const } };
    assert.deepEqual(carryOverMemory(active).state, active.state);
    const pending = { ...active, state: { ...active.state, phase: 'pending' as const, raised_us: null, due_ms: 5 } };
    const { phase, last_value: lastValue, due_ms: dueMs } = carryOverMemory(pending).state;
    assert.deepEqual([phase, lastValue, dueMs], ['normal', 60, null]);
  });
});
