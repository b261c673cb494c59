import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OPERATORS } from '../../contracts/rules.ts';
import type { ThresholdConditions } from '../../contracts/rules.ts';
import type { LimitConditions } from '../limit/conditions.ts';
import { absorbLimit, reduceLimit } from '../limit/reduce.ts';
import type { LimitPoint, LimitTimer } from '../limit/reduce.ts';
import { initialLimitState, limitStateSchema } from '../limit/state.ts';
import type { LimitState } from '../limit/state.ts';
import { raiseGateOf } from '../raise-gate.ts';
import type { RuleDecision } from '../types.ts';

const BASE_MS = 1_761_582_600_000;

interface Happening {
  event: LimitPoint | LimitTimer;
  nowMs: number;
}

/** Readings around the limit, some seconds apart, with delays, timers in between. */
const happenings: fc.Arbitrary<Happening[]> = fc
  .array(
    fc.record({
      gapMs: fc.integer({ min: 1, max: 20_000 }),
      delayMs: fc.integer({ min: 0, max: 3_000 }),
      value: fc.oneof(fc.integer({ min: 44, max: 56 }), fc.boolean(), fc.constant('text')),
      timer: fc.option(fc.boolean(), { freq: 3, nil: undefined }),
    }),
    { maxLength: 60 },
  )
  .map((rows) => {
    let atMs = BASE_MS;
    return rows.map(({ gapMs, delayMs, value, timer }) => {
      atMs += gapMs;
      const nowMs = atMs + delayMs;
      if (timer !== undefined) return { event: { kind: 'timer', online: timer }, nowMs };
      return { event: { kind: 'point', value, timeUs: atMs * 1_000, arrivedAtMs: nowMs }, nowMs };
    });
  });

type Conditions = ThresholdConditions & LimitConditions;

/** Open for three minutes, one minute after the base, which is at 16:30 UTC. */
const gate = raiseGateOf({ cooldown_seconds: 25, active: { timezone: 'UTC', from: '16:31', to: '16:34' } });

const conditionsOf: fc.Arbitrary<Conditions> = fc.oneof(
  fc.record({
    key: fc.constant('k'),
    operator: fc.constantFrom(...OPERATORS),
    value: fc.constant(50),
    duration_seconds: fc.constantFrom(0, 5, 30),
  }),
  fc.constant({ key: 'k', operator: '>' as const, value: 50, clear_value: 47, duration_seconds: 0 }),
  fc.constant({ key: 'k', operator: '<' as const, value: 50, clear_value: 53, duration_seconds: 12 }),
  fc.record({
    key: fc.constant('k'),
    operator: fc.constantFrom('>' as const, '<=' as const),
    value: fc.constant(50),
    duration_seconds: fc.constantFrom(0, 20),
    gate: fc.constantFrom(gate, raiseGateOf({ cooldown_seconds: 40 })),
  }),
);

function play(conditions: Conditions, list: readonly Happening[], between = (state: LimitState) => state): RuleDecision[] {
  let state = initialLimitState();
  return list.flatMap(({ event, nowMs }) => {
    const step = reduceLimit(conditions, state, event, nowMs);
    state = between(step.state);
    return [...step.transitions];
  });
}

describe('threshold rule, for every sequence of readings', () => {
  it('alternates raised and cleared, and repeats only in between', () => {
    fc.assert(
      fc.property(conditionsOf, happenings, (conditions, list) => {
        let active = false;
        for (const { kind } of play(conditions, list)) {
          assert.equal(active, kind !== 'raised', kind);
          active = kind !== 'cleared';
        }
      }),
    );
  });

  it('does not flap inside the hysteresis band', () => {
    const conditions: ThresholdConditions = { key: 'k', operator: '>', value: 50, clear_value: 47 };
    fc.assert(
      fc.property(fc.array(fc.double({ min: 47.001, max: 60, noNaN: true }), { maxLength: 100 }), (values) => {
        const list = values.map((value, index): Happening => {
          const nowMs = BASE_MS + index * 1_000;
          return { event: { kind: 'point', value, timeUs: nowMs * 1_000, arrivedAtMs: nowMs }, nowMs };
        });
        const raised = play(conditions, list).filter(({ kind }) => kind !== 'repeated');
        assert.ok(raised.length <= 1 && raised.every(({ kind }) => kind === 'raised'), JSON.stringify(raised));
      }),
    );
  });

  it('is not changed by a restart after any event', () => {
    fc.assert(
      fc.property(conditionsOf, happenings, (conditions, list) => {
        const restarted = play(conditions, list, (state) => limitStateSchema.parse(JSON.parse(JSON.stringify(state))));
        assert.deepEqual(restarted, play(conditions, list));
      }),
    );
  });

  it('is not changed by old points that come again, in any order', () => {
    const withRepeats = happenings.chain((list) =>
      fc.record({ list: fc.constant(list), places: fc.array(fc.nat({ max: Math.max(0, list.length - 1) }), { maxLength: list.length }) }),
    );
    fc.assert(
      fc.property(conditionsOf, withRepeats, (conditions, { list, places }) => {
        const noisy = list.flatMap((happening, index) => [
          happening,
          ...places
            .filter((place) => place % (index + 1) === 0 && place <= index)
            .flatMap((place) => list[place] ?? [])
            .filter(({ event }) => event.kind === 'point')
            .map(({ event }) => ({ event, nowMs: happening.nowMs })),
        ]);
        assert.deepEqual(play(conditions, noisy), play(conditions, list));
      }),
    );
  });

  it('absorbs on the hot path exactly what the reducer would have left without a transition', () => {
    fc.assert(
      fc.property(conditionsOf, happenings, (conditions, list) => {
        let state = initialLimitState();
        for (const { event, nowMs } of list) {
          const step = reduceLimit(conditions, state, event, nowMs);
          if (event.kind === 'point') checkAbsorb(conditions, state, event, step);
          state = step.state;
        }
      }),
    );
  });

  it('raises neither in the cooldown nor outside the hours', () => {
    const conditions: Conditions = { key: 'k', operator: '>', value: 50, gate };
    const minuteUs = 60_000_000;
    fc.assert(
      fc.property(happenings, (list) => {
        let clearedUs = -Infinity;
        for (const { kind, atUs } of play(conditions, list)) {
          const sinceBaseUs = atUs - BASE_MS * 1_000;
          if (kind === 'cleared') clearedUs = atUs;
          if (kind !== 'raised') continue;
          assert.ok(atUs >= clearedUs + 25_000_000, 'the cooldown is over');
          assert.ok(sinceBaseUs >= minuteUs && sinceBaseUs < 4 * minuteUs, 'it is in the hours');
        }
      }),
    );
  });

  it('never raises before the duration has passed in event time', () => {
    const conditions: ThresholdConditions = { key: 'k', operator: '>', value: 50, duration_seconds: 30 };
    fc.assert(
      fc.property(happenings, (list) => {
        for (const decision of play(conditions, list)) {
          if (decision.kind === 'raised') assert.ok(decision.atUs - decision.sinceUs >= 30_000_000, JSON.stringify(decision));
        }
      }),
    );
  });
});

function checkAbsorb(conditions: Conditions, state: LimitState, event: LimitPoint, step: ReturnType<typeof reduceLimit>): void {
  const copy = { ...state };
  const absorbed = absorbLimit(conditions, copy, event);
  assert.deepEqual(copy, absorbed ? step.state : state);
  if (absorbed) assert.deepEqual(step.transitions, []);
  if (absorbed) assert.equal(step.dueAtMs, state.due_ms);
}
