import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BASE_MS, JudgeRun, runSteps } from '../../test/support/judge-run.ts';
import type { JudgeStep, TestReading } from '../../test/support/judge-run.ts';
import type { AuthoredRule, RuleOptions, ThresholdConditions } from '../contracts/rules.ts';
import type { RuleDecision } from './types.ts';

const HOUR = 3_600;

function ruleWith(conditions: Partial<ThresholdConditions> = {}, options: RuleOptions = {}): AuthoredRule {
  const common = { name: 'over 50', scope: {}, severity: 'warning' as const, message: '' };
  return { ...common, ...options, rule_type: 'threshold', conditions: { key: 'k', operator: '>', value: 50, ...conditions } };
}

function run(conditions: Partial<ThresholdConditions>, steps: readonly JudgeStep[], options: RuleOptions = {}): JudgeRun {
  return runSteps(ruleWith(conditions, options), steps);
}

/** One reading a second from `from` to `to` seconds after the base. */
function everySecond(from: number, to: number, valueAt: (second: number) => number): TestReading[] {
  return Array.from({ length: to - from }, (_, index) => ({
    timeUs: (BASE_MS + (from + index) * 1_000) * 1_000,
    value: valueAt(from + index),
  }));
}

/** What a device sends that is back at second 0: messages of a thousand readings, a tenth of a second apart; the timers run. */
function comesBack(judged: JudgeRun, readings: readonly TestReading[]): readonly RuleDecision[] {
  const said = judged.said.length;
  let atMs = BASE_MS;
  for (let first = 0; first < readings.length; first += 1_000) {
    judged.arrive(readings.slice(first, first + 1_000), atMs);
    atMs += 100;
  }
  return judged.said.slice(said);
}

const kinds = (said: readonly RuleDecision[]): string[] => [...new Set(said.map(({ kind }) => kind))];
const seconds = (us: number | null): number => (us ?? Number.NaN) / 1_000_000 - BASE_MS / 1_000;

describe('a device that is back after hours', () => {
  it('pages nobody for what is over, and its history is told: as it would have been if it had never been away', () => {
    const readings = everySecond(-3 * HOUR, 0, (second) => (Math.floor(second / 97) % 2 === 0 ? 60 : 40));
    const back = new JudgeRun(ruleWith());
    const said = comesBack(back, [...readings, { timeUs: BASE_MS * 1_000, value: 40 }]);
    assert.deepEqual(kinds(said), ['corrected']);
    assert.ok(said.every(({ corrections = [] }) => corrections.every(({ op }) => op === 'added')));
    const never = new JudgeRun(ruleWith());
    for (const reading of readings) never.point(reading);
    never.point({ timeUs: BASE_MS * 1_000, value: 40 });
    assert.deepEqual(back.log(), never.log());
    assert.ok(back.log().length > 50);
  });

  it('is told once for what is still active, with its true start, when it has caught up', () => {
    const judged = new JudgeRun(ruleWith({ duration_seconds: 60 }));
    const readings = everySecond(-3 * HOUR, -30, (second) => (second >= -2 * HOUR ? 60 : 40));
    const said = comesBack(judged, readings);
    const raised = said.filter(({ kind }) => kind === 'raised');
    assert.deepEqual(
      raised.map(({ atUs, sinceUs }) => [seconds(atUs), seconds(sinceUs)]),
      [[-2 * HOUR + 60, -2 * HOUR]],
    );
    assert.match(raised[0]?.held?.[0] ?? '', /was reporting the past/);
    assert.ok(judged.judge.view().active);
  });

  it('is told after a pause of five seconds when it does not catch up', () => {
    run({}, [
      { at: -3 * HOUR, value: 40, arrived: 0, expect: '' },
      { at: -3 * HOUR + 1, value: 60, arrived: 0, expect: 'due 5' },
      { at: -2 * HOUR, value: 61, arrived: 1, expect: 'due 6' },
      { at: -1 * HOUR, value: 62, arrived: 2, expect: 'due 7' },
      { at: 6.9, timer: 'online', expect: 'due 7' },
      { at: 7, timer: 'online', expect: `raised 60 @${-3 * HOUR + 1} since ${-3 * HOUR + 1} (held), due 10` },
      { at: 8, timer: 'online', expect: 'due 10' },
      { at: -1_800, value: 40, arrived: 9, expect: 'cleared 40 @-1800' },
    ]);
  });

  it('is told after sixty seconds at the latest, however long it goes on', () => {
    const judged = new JudgeRun(ruleWith());
    judged.arrive([{ timeUs: (BASE_MS - 10 * HOUR * 1_000) * 1_000, value: 60 }], BASE_MS);
    // Each second a minute of its past.
    for (let second = 1; second < 100 && judged.said.length === 0; second += 1) {
      judged.arrive([{ timeUs: (BASE_MS - (10 * HOUR - second * 60) * 1_000) * 1_000, value: 60 }], BASE_MS + second * 1_000);
      if (judged.said.length > 0) assert.equal(second, 61);
    }
    assert.deepEqual(kinds(judged.said), ['raised']);
  });

  it('that flaps is not muted: each time that it lasts for the pause is told', () => {
    run({}, [
      { at: -3 * HOUR, value: 60, arrived: 0, expect: 'due 5' },
      { at: -2 * HOUR, value: 40, arrived: 1, expect: `added ${-3 * HOUR}..${-2 * HOUR}` },
      { at: -2 * HOUR + 1, value: 60, arrived: 2, expect: 'due 7' },
      { at: -2 * HOUR + 2, value: 40, arrived: 3, expect: `added ${-2 * HOUR + 1}..${-2 * HOUR + 2}` },
      { at: -1 * HOUR, value: 60, arrived: 4, expect: 'due 9' },
      { at: 9, timer: 'online', expect: `raised 60 @-3600 since -3600 (held)` },
    ]);
  });

  it('whose clock lags by an hour is told after five seconds, and cleared at once', () => {
    run({}, [
      { at: -HOUR, value: 40, arrived: 0, expect: '' },
      { at: -HOUR + 1, value: 60, arrived: 1, expect: 'due 6' },
      { at: -HOUR + 2, value: 60, arrived: 2, expect: 'due 6' },
      { at: -HOUR + 5, value: 60, arrived: 5, expect: 'due 6' },
      { at: 6, timer: 'online', expect: 'raised 60 @-3599 since -3599 (held), due 11' },
      { at: -HOUR + 10, value: 40, arrived: 10, expect: 'cleared 40 @-3590' },
    ]);
  });

  it('and reports the past in the wrong order is put right without a word before it is told', () => {
    run({}, [
      { at: -HOUR, value: 40, arrived: 0, expect: '' },
      { at: -HOUR + 40, value: 60, arrived: 1, expect: 'due 6' },
      { at: -HOUR + 20, value: 60, arrived: 1, expect: 'due 6' },
      { at: -HOUR + 30, value: 40, arrived: 1, expect: `added ${-HOUR + 20}..${-HOUR + 30}, due 6` },
      { at: -HOUR + 35, value: 60, arrived: 2, expect: 'due 6' },
      { at: 6, timer: 'online', expect: `raised 60 @${-HOUR + 35} since ${-HOUR + 35} (held)` },
    ]);
    run({}, [
      { at: -HOUR, value: 40, arrived: 0, expect: '' },
      { at: -HOUR + 40, value: 60, arrived: 1, expect: 'due 6' },
      { at: -HOUR + 50, value: 40, arrived: 2, expect: `added ${-HOUR + 40}..${-HOUR + 50}` },
      { at: -HOUR + 60, value: 60, arrived: 2, expect: 'due 7' },
      { at: -HOUR + 55, value: 60, arrived: 3, expect: 'due 7' },
      { at: -10, value: 60, arrived: 4, expect: `raised 60 @${-HOUR + 55} since ${-HOUR + 55} (held), due 12` },
    ]);
  });

  it('never has a duration that its readings do not support', () => {
    const twoReadings: JudgeStep[] = [
      { at: -7_200, value: 60, arrived: 0, expect: 'due 300' },
      { at: -7_000, value: 60, arrived: 0, expect: 'due 100' },
    ];
    run({ duration_seconds: 300 }, [...twoReadings, { at: 100, timer: 'online', expect: '' }]);
    run({ duration_seconds: 300 }, [...twoReadings, { at: -6_000, value: 40, arrived: 1, expect: '' }]);
    run({ duration_seconds: 300 }, [
      ...twoReadings,
      { at: -6_800, value: 60, arrived: 1, expect: 'due 6' },
      { at: 6, timer: 'online', expect: 'raised 60 @-6800 since -7200 (held)' },
    ]);
  });

  it('that was in alert when it went away clears when its past says so, and is raised anew only for what lasts', () => {
    run({}, [
      { at: -3 * HOUR, value: 60, expect: `raised 60 @${-3 * HOUR} since ${-3 * HOUR}` },
      { at: -2 * HOUR, value: 40, arrived: 0, expect: `cleared 40 @${-2 * HOUR}` },
      { at: -HOUR, value: 60, arrived: 0, expect: 'due 5' },
      { at: -10, value: 61, arrived: 0, expect: 'raised 60 @-3600 since -3600 (held), due 10' },
    ]);
  });

  it('is told of what the present says at once, whatever it was', () => {
    run({}, [
      { at: -3 * HOUR, value: 40, arrived: 0, expect: '' },
      { at: -1, value: 60, arrived: 0, expect: 'raised 60 @-1 since -1' },
    ]);
  });

  it('tells windows and comparisons of the past too', () => {
    const average: AuthoredRule = {
      ...ruleWith(),
      rule_type: 'statistical',
      conditions: { key: 'k', function: 'avg', window: '1m', operator: '>', value: 50, min_samples: 10 },
    };
    const judged = new JudgeRun(average);
    const said = comesBack(
      judged,
      everySecond(-3 * HOUR, -30, (second) => (second < -2 * HOUR || second >= -HOUR ? 60 : 40)),
    );
    assert.deepEqual(kinds(said), ['corrected', 'raised']);
    assert.equal(seconds(said.find(({ kind }) => kind === 'raised')?.atUs ?? null), -HOUR + 30);
  });
});

describe('a device that reports its past, whatever it was', () => {
  const pasts = fc.array(
    fc.record({
      gapMs: fc.integer({ min: 1, max: 60_000 }),
      value: fc.integer({ min: 45, max: 55 }),
      pauseMs: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 8_000 }) }),
      behindMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 50_000 }) }),
    }),
    { minLength: 1, maxLength: 60, size: 'max' },
  );
  const rules = fc.record({
    duration_seconds: fc.constantFrom(0, 0, 20),
    cooldown_seconds: fc.constantFrom(0, 0, 90),
  });

  type Row = { gapMs: number; value: number; pauseMs: number; behindMs: number };

  function play(rule: AuthoredRule, rows: readonly Row[], isRestarted: (index: number) => boolean): JudgeRun {
    const judged = new JudgeRun(rule);
    let timeMs = BASE_MS - 10 * HOUR * 1_000;
    let atMs = BASE_MS;
    for (const [index, { gapMs, value, pauseMs, behindMs }] of rows.entries()) {
      timeMs += gapMs;
      atMs += pauseMs;
      judged.arrive([{ timeUs: (timeMs - behindMs) * 1_000, value }], atMs);
      if (isRestarted(index)) judged.restart();
    }
    judged.runTimers(Infinity);
    return judged;
  }

  it('has the history that it would have had if it had never been away, a rule without duration given', () => {
    fc.assert(
      fc.property(rules, pasts, ({ cooldown_seconds }, rows) => {
        const rule = ruleWith({}, { cooldown_seconds });
        const never = new JudgeRun(rule);
        let timeMs = BASE_MS - 10 * HOUR * 1_000;
        const readings = rows.map(({ gapMs, value, behindMs }) => ({ timeUs: ((timeMs += gapMs) - behindMs) * 1_000, value }));
        const first = new Map<number, TestReading>();
        for (const reading of readings) if (!first.has(reading.timeUs)) first.set(reading.timeUs, reading);
        for (const reading of [...first.values()].sort((a, b) => a.timeUs - b.timeUs)) never.point(reading);
        never.runTimers(Infinity);
        assert.deepEqual(play(rule, rows, () => false).log(), never.log());
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves in alert who was told so, and nobody else', () => {
    fc.assert(
      fc.property(rules, pasts, ({ duration_seconds, cooldown_seconds }, rows) => {
        const judged = play(ruleWith({ duration_seconds }, { cooldown_seconds }), rows, () => false);
        const isOpen = judged.log().some(({ clearedUs }) => clearedUs === null);
        assert.equal(isOpen, judged.judge.view().active);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is told the same when the platform restarts in the middle', () => {
    fc.assert(
      fc.property(rules, pasts, fc.array(fc.nat({ max: 60 }), { maxLength: 6 }), ({ duration_seconds, cooldown_seconds }, rows, stops) => {
        const rule = ruleWith({ duration_seconds }, { cooldown_seconds });
        assert.deepEqual(play(rule, rows, (index) => stops.includes(index)).said, play(rule, rows, () => false).said);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is told of nothing that lasted for less than the pause', () => {
    fc.assert(
      fc.property(pasts, (rows) => {
        const quick = rows.map((row) => ({ ...row, pauseMs: 0 }));
        const judged = play(ruleWith(), quick, () => false);
        // All arrived in one instant: one raise at most, of what the last reading left.
        assert.ok(judged.said.filter(({ kind }) => kind === 'raised').length <= 1);
        assert.ok(!judged.said.some(({ kind }) => kind === 'cleared'));
      }),
      { numRuns: 300 },
    );
  });
});
