import assert from 'node:assert/strict';
import fc from 'fast-check';
import { JudgeRun, runSteps } from '../../../test/support/judge-run.ts';
import type { JudgeStep } from '../../../test/support/judge-run.ts';
import type { AuthoredRule, ComparisonConditions, RuleOptions } from '../../contracts/rules.ts';
import { ruleDefinitionSchema } from '../../contracts/rules.ts';
import { judgeFactoryOf } from '../registry.ts';

const supply = { key: 'supply' };
const flow = { key: 'return' };

function ruleWith(conditions: Partial<ComparisonConditions> = {}, options: RuleOptions = {}): AuthoredRule {
  const common = { name: 'too hot', scope: {}, severity: 'warning' as const, message: '' };
  return { ...common, ...options, rule_type: 'comparison', conditions: { left: supply, operator: '>', right: flow, ...conditions } };
}

function run(conditions: Partial<ComparisonConditions>, steps: readonly JudgeStep[], options: RuleOptions = {}): JudgeRun {
  return runSteps(ruleWith(conditions, options), steps);
}

describe('comparison rule', () => {
  it('judges at each reading of either side, with the newest of the other', () => {
    run({}, [
      { at: 0, values: [50, null], expect: '' },
      { at: 1, values: [null, 60], expect: '' },
      { at: 2, values: [61, null], expect: 'raised 61 @2 since 2' },
      { at: 3, values: [null, 60.5], expect: 'due 12' },
      { at: 4, values: [null, 61], expect: 'cleared 61 @4' },
      { at: 5, values: [null, 40], expect: 'raised 61 @5 since 5' },
      { at: 6, values: [40, null], expect: 'cleared 40 @6' },
    ]);
  });

  it('compares readings of one message with each other, not with what was before', () => {
    run({}, [
      { at: 0, values: [50, 60], expect: '' },
      // 70 against 60 or 50 against 80 would be two decisions too many.
      { at: 1, values: [70, 80], expect: '' },
      { at: 2, values: [81, 80], expect: 'raised 81 @2 since 2' },
      { at: 3, values: [30, 20], expect: 'due 12' },
      { at: 4, values: [20, 20], expect: 'cleared 20 @4' },
    ]);
  });

  it('adds the offset to the right side, and has a clear offset for the hysteresis', () => {
    run({ offset: 5, clear_offset: 3 }, [
      { at: 0, values: [65, 60], expect: '' },
      { at: 1, values: [65.1, null], expect: 'raised 65.1 @1 since 1' },
      { at: 2, values: [63.1, null], expect: '' },
      { at: 3, values: [null, 60.1], expect: 'cleared 63.1 @3' },
      { at: 4, values: [65, null], expect: '' },
    ]);
    run({ operator: '<', offset: -10, clear_offset: -8 }, [
      { at: 0, values: [49, 60], expect: 'raised 49 @0 since 0' },
      { at: 1, values: [51, null], expect: '' },
      { at: 2, values: [52, null], expect: 'cleared 52 @2' },
    ]);
  });

  it('tells what was compared, each with its own time, and the right side with its offset as the limit', () => {
    const judged = run({ offset: 5 }, [
      { at: 0, values: [null, 60], expect: '' },
      { at: 10, values: [70, null], expect: 'raised 70 @10 since 10' },
    ]);
    const [raised] = judged.said;
    assert.deepEqual(
      [raised?.threshold, raised?.inputs?.map(({ input, value }) => [input, value])],
      [
        65,
        [
          [0, 70],
          [1, 60],
        ],
      ],
    );
    assert.equal((raised?.inputs?.[0]?.atUs ?? 0) - (raised?.inputs?.[1]?.atUs ?? 0), 10_000_000);
  });

  it('passes over while the other side is older than the tolerance', () => {
    run({ tolerance_seconds: 30 }, [
      { at: 0, values: [null, 60], expect: '' },
      { at: 30.001, values: [70, null], expect: '' },
      { at: 31, values: [null, 60], expect: 'raised 70 @31 since 31' },
      // The left side is silent: nothing is judged, and what is active stays so.
      { at: 61, values: [null, 100], expect: '' },
      { at: 62, values: [50, null], expect: 'cleared 50 @62' },
    ]);
    run({}, [
      { at: 0, values: [null, 60], expect: '' },
      { at: 300, values: [70, null], expect: 'raised 70 @300 since 300' },
    ]);
  });

  it('completes a duration by readings of either side or by the timer, not with a comparison older than the tolerance', () => {
    run({ duration_seconds: 60 }, [
      { at: 0, values: [61, 60], expect: 'due 60' },
      { at: 60, values: [null, 59], expect: 'raised 61 @60 since 0' },
    ]);
    run({ duration_seconds: 60 }, [
      { at: 0, values: [61, 60], expect: 'due 60' },
      { at: 50, values: [null, 59], expect: 'due 60' },
      { at: 60, timer: 'online', expect: 'raised 61 @60 since 0' },
    ]);
    run({ duration_seconds: 60, tolerance_seconds: 20 }, [
      { at: 0, values: [61, 60], expect: 'due 60' },
      { at: 15, values: [null, 59], expect: 'due 60' },
      // The left side is too old from now on.
      { at: 45, values: [null, 59], expect: 'due 60' },
      { at: 60, timer: 'online', expect: '' },
      { at: 61, values: [61, null], expect: 'raised 61 @61 since 0' },
    ]);
  });

  it('passes text over, and takes booleans for equality alone', () => {
    run({ operator: '!=' }, [
      { at: 0, values: [true, true], expect: '' },
      { at: 1, values: ['off', null], expect: '' },
      { at: 2, values: [false, null], expect: 'raised false @2 since 2' },
      { at: 3, values: [null, false], expect: 'cleared false @3' },
    ]);
    run({}, [
      { at: 0, values: [2, false], expect: '' },
      { at: 1, values: [3, null], expect: '' },
    ]);
  });

  it('passes over what has not the quality, on both sides', () => {
    run(
      {},
      [
        { at: 0, values: [50, 60], expect: '' },
        { at: 1, values: [99, null], quality: 49, expect: '' },
        { at: 2, values: [null, 10], quality: 49, expect: '' },
        { at: 3, values: [61, null], quality: 50, expect: 'raised 61 @3 since 3' },
      ],
      { min_quality: 50 },
    );
  });

  it('puts the past right by late readings of either side', () => {
    run({}, [
      { at: 0, values: [50, 60], expect: '' },
      { at: 10, values: [70, null], expect: 'raised 70 @10 since 10' },
      { at: 20, values: [null, 80], expect: 'cleared 70 @20' },
      // The right side had risen before the left one did.
      { at: 5, values: [null, 75], arrived: 21, expect: 'withdrawn 10..20' },
      // The left side had been higher for a moment.
      { at: 7, values: [76, null], arrived: 22, expect: 'added 7..10' },
      // The right side fell back, and nobody knew.
      { at: 25, values: [null, 10], arrived: 25, expect: 'raised 70 @25 since 25' },
      { at: 24, values: [null, 60], arrived: 26, expect: 'changed 25 to 24..' },
    ]);
  });

  it('judges the device of the left side, whichever it is, against another one', () => {
    const factory = judgeFactoryOf(ruleWith({ left: { key: 'a', device_id: 'p1' }, right: { key: 'b', device_id: 'p2' } }));
    assert.equal(factory.onlyDevice, 'p1');
    assert.deepEqual(factory.inputs, [
      { key: 'a', deviceId: undefined },
      { key: 'b', deviceId: 'p2' },
    ]);
    const sameDevice = judgeFactoryOf(ruleWith({ left: { key: 'a', device_id: '' }, right: { key: 'b', device_id: '' } }));
    assert.deepEqual([sameDevice.onlyDevice, sameDevice.inputs[1]?.deviceId], [undefined, undefined]);
  });

  it('judges no device against itself', () => {
    const against = (key: string) => judgeFactoryOf(ruleWith({ left: { key: 'a' }, right: { key, device_id: 'p2' } })).notDevice;
    assert.deepEqual([against('a'), against('b')], ['p2', undefined]);
  });

  it('does not flap inside the band between offset and clear offset', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 1 }), fc.double({ min: 2.001, max: 9, noNaN: true })), { maxLength: 100, size: 'max' }),
        (moves) => {
          const judged = new JudgeRun(ruleWith({ offset: 5, clear_offset: 2 }));
          let right = 60;
          judged.arrive(
            [
              { input: 0, value: right + 2.001, timeUs: 0 },
              { input: 1, value: right, timeUs: 0 },
            ],
            0,
          );
          for (const [index, [input, difference]] of moves.entries()) {
            // Both sides move, or the right one alone; their difference stays in the band or above it.
            if (input === 0) right += difference - 5;
            const timeUs = (index + 1) * 1_000_000;
            const message = [
              { input: 0, value: right + difference, timeUs },
              { input: 1, value: right, timeUs },
            ];
            judged.arrive(message, timeUs / 1_000);
          }
          const said = judged.said.filter(({ kind }) => kind !== 'repeated').map(({ kind }) => kind);
          assert.ok(said.length <= 1 && said.every((kind) => kind === 'raised'), said.join());
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is refused with the field and the remedy when it cannot be meant', () => {
    const problem = (conditions: object): string | undefined =>
      ruleDefinitionSchema
        .safeParse({ ...ruleWith(), rule_id: 'r', version: 1, conditions: { ...ruleWith().conditions, ...conditions } })
        .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];
    assert.equal(problem({}), undefined);
    assert.match(problem({ offset: 5, clear_offset: 6 }) ?? '', /^conditions\.clear_offset: /);
    assert.match(problem({ right: supply }) ?? '', /^conditions\.right/);
    assert.match(problem({ tolerance_seconds: 0 }) ?? '', /^conditions\.tolerance_seconds: /);
  });
});
