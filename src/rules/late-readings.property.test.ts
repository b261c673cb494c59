import assert from 'node:assert/strict';
import fc from 'fast-check';
import { JudgeRun } from '../../test/support/judge-run.ts';
import type { TestReading } from '../../test/support/judge-run.ts';
import { STATISTICS } from '../contracts/rule-terms.ts';
import type { AuthoredRule, RuleOf } from '../contracts/rules.ts';
import { RuleReplay } from './replay.ts';
import type { RuleDecision } from './types.ts';

const BASE_US = 1_761_582_600_000_000;

type Authored<Type extends AuthoredRule['rule_type']> = Omit<RuleOf<Type>, 'rule_id' | 'version'>;

const common = { name: 'r', scope: {}, severity: 'warning' as const, message: '' };

/** Cooldown but no hours: a timer looks at the clock for those, and the clock is not that of the readings. */
const options = fc.record({ cooldown_seconds: fc.constantFrom(0, 0, 25, 90), lateness_seconds: fc.constantFrom(60, 20) });

const thresholds: fc.Arbitrary<Authored<'threshold'>> = fc
  .tuple(
    options,
    fc.oneof(
      fc.record({ operator: fc.constantFrom('>' as const, '<=' as const, '==' as const), duration_seconds: fc.constantFrom(0, 5, 30, 90) }),
      fc.record({ operator: fc.constant('>' as const), clear_value: fc.constant(47), duration_seconds: fc.constantFrom(0, 12, 45) }),
    ),
  )
  .map(([given, conditions]) => ({ ...common, ...given, rule_type: 'threshold', conditions: { key: 'k', value: 50, ...conditions } }));

const statisticals: fc.Arbitrary<Authored<'statistical'>> = fc
  .record({
    given: options,
    statistic: fc.constantFrom(...STATISTICS),
    window: fc.constantFrom('15s', '1m', '4m'),
    operator: fc.constantFrom('>' as const, '<' as const),
    samples: fc.constantFrom(2, 2, 4),
    band: fc.constantFrom(0, 0.3137),
  })
  .map(({ given, statistic, window, operator, samples, band }) => {
    // Where the figures lie, but on none of them: the last digits depend on the order of adding.
    const value = { rate: 0.03137, stddev: 2.31, sum: 301.7, count: 5.5 }[statistic as string] ?? 50.37;
    return {
      ...common,
      ...given,
      rule_type: 'statistical',
      conditions: {
        key: 'k',
        function: statistic,
        window,
        operator,
        value,
        clear_value: value - (operator === '>' ? band : -band),
        min_samples: samples,
      },
    };
  });

const comparisons: fc.Arbitrary<Authored<'comparison'>> = fc
  .record({
    given: options,
    operator: fc.constantFrom('>' as const, '<=' as const),
    offset: fc.constantFrom(0, 2),
    band: fc.constantFrom(0, 3),
    duration_seconds: fc.constantFrom(0, 0, 10, 45),
    tolerance_seconds: fc.constantFrom(15, 60),
  })
  .map(({ given, operator, offset, band, duration_seconds, tolerance_seconds }) => ({
    ...common,
    ...given,
    rule_type: 'comparison',
    conditions: {
      left: { key: 'a' },
      operator,
      right: { key: 'b' },
      offset,
      clear_offset: operator === '>' ? offset - band : offset + band,
      duration_seconds,
      tolerance_seconds,
    },
  }));

interface Arrival {
  message: TestReading[];
  arrivedAtMs: number;
}

/** Readings in the order of their times, with the delay of each, at most the lateness. */
interface Series {
  readings: TestReading[];
  delaysMs: number[];
}

function seriesOf(inputs: 1 | 2, latenessSeconds: number): fc.Arbitrary<Series> {
  // Timers count whole milliseconds, so one of them is missing at the very end of the lateness.
  const delay = fc.integer({ min: 0, max: latenessSeconds * 1_000 - 2 });
  return fc
    .array(
      fc.record({
        gapUs: fc.oneof(fc.integer({ min: 1, max: 20_000_000 }), fc.integer({ min: 1, max: 3_000_000 }), fc.constant(5_000_000)),
        value: fc.integer({ min: 45, max: 55 }),
        input: fc.nat({ max: inputs - 1 }),
        both: fc.integer({ min: 0, max: 4 }).map((n) => inputs === 2 && n === 0),
        delayMs: fc.oneof(fc.constant(0), delay),
        otherDelayMs: fc.oneof(fc.constant(0), delay),
      }),
      { maxLength: 40, size: 'max' },
    )
    .map((rows) => {
      let timeUs = BASE_US;
      const readings: TestReading[] = [];
      const delaysMs: number[] = [];
      for (const { gapUs, value, input, both, delayMs, otherDelayMs } of rows) {
        timeUs += gapUs;
        readings.push({ timeUs, value, input });
        delaysMs.push(delayMs);
        // Both sides at the same instant.
        if (both) readings.push({ timeUs, value: 100 - value, input: 1 - input });
        if (both) delaysMs.push(otherDelayMs);
      }
      return { readings, delaysMs };
    });
}

/** Each reading a message of its own, as they arrive: overtaken by newer ones, or only under way for long. */
function shuffled({ readings, delaysMs }: Series): Arrival[] {
  return readings
    .map((reading, index) => ({ message: [reading], arrivedAtMs: reading.timeUs / 1_000 + (delaysMs[index] ?? 0) }))
    .sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
}

/** As if nothing was ever late: each reading arrives at its own time, both sides of an instant together. */
function inOrder({ readings }: Series): Arrival[] {
  const times = [...new Set(readings.map(({ timeUs }) => timeUs))];
  return times.map((timeUs) => ({ message: readings.filter((reading) => reading.timeUs === timeUs), arrivedAtMs: timeUs / 1_000 }));
}

function play(
  rule: AuthoredRule,
  arrivals: readonly Arrival[],
  before: (run: JudgeRun, index: number) => void = () => undefined,
): JudgeRun {
  const run = new JudgeRun(rule);
  for (const [index, { message, arrivedAtMs }] of arrivals.entries()) {
    before(run, index);
    run.arrive(message, arrivedAtMs);
  }
  run.runTimers(Infinity);
  return run;
}

const TYPES = [
  ['threshold', thresholds, 1],
  ['statistical', statisticals, 1],
  ['comparison', comparisons, 2],
] as const;

for (const [type, rules, inputs] of TYPES) {
  const cases = (rules as fc.Arbitrary<AuthoredRule>).chain((rule) =>
    fc.record({ rule: fc.constant(rule), series: seriesOf(inputs, rule.lateness_seconds ?? 60) }),
  );

  describe(`${type} rule, whatever the order in which readings arrive within the lateness`, () => {
    it('tells after its corrections what it would have told in order', () => {
      fc.assert(
        fc.property(cases, ({ rule, series }) => {
          assert.deepEqual(play(rule, shuffled(series)).log(), play(rule, inOrder(series)).log());
        }),
        { numRuns: 2_000 },
      );
    });

    const places = fc.array(fc.nat({ max: 60 }), { maxLength: 5 });

    it('is not changed by restarts', () => {
      fc.assert(
        fc.property(cases, places, ({ rule, series }, stops) => {
          const arrivals = shuffled(series);
          const restarted = play(rule, arrivals, (run, index) => {
            if (stops.includes(index)) run.restart();
          });
          assert.deepEqual(rounded(restarted.said), rounded(play(rule, arrivals).said));
        }),
        { numRuns: 1_000 },
      );
    });

    it('tells in the end the same when readings were stored and not judged as it stopped, though windows see them sooner', () => {
      fc.assert(
        fc.property(cases, places, ({ rule, series }, stops) => {
          const arrivals = shuffled(series);
          const restarted = play(rule, arrivals, (run, index) => {
            if (stops.includes(index))
              run.restart(
                0,
                arrivals.slice(index, index + 1 + (index % 3)).flatMap(({ message }) => message),
              );
          });
          assert.deepEqual(restarted.log(), play(rule, inOrder(series)).log());
        }),
        { numRuns: 1_000 },
      );
    });

    it('decides in a replay of the past what it decided live, when readings came in order', () => {
      fc.assert(
        fc.property(cases, ({ rule, series }) => {
          const live = play(rule, inOrder(series));
          const replay = new RuleReplay(rule, 'd', { startMs: 0 });
          const said = series.readings.flatMap(({ input = 0, timeUs, value }) => replay.point(input, timeUs, value, 100));
          said.push(...replay.finish(BASE_US / 1_000 + 1e9));
          assert.deepEqual(rounded(said), rounded(live.said));
        }),
        { numRuns: 1_000 },
      );
    });
  });
}

/** The order of additions may differ after a restart, and with it the last digits. */
function rounded(said: readonly RuleDecision[]): unknown {
  return JSON.parse(JSON.stringify(said), (_, value: unknown) =>
    typeof value === 'number' && value < 1e12 ? Number(value.toPrecision(9)) : value,
  );
}
