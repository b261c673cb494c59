import assert from 'node:assert/strict';
import { BASE_MS, JudgeRun, alertLog, runSteps } from '../../test/support/judge-run.ts';
import type { JudgeStep } from '../../test/support/judge-run.ts';
import type { AuthoredRule, RuleOptions, ThresholdConditions } from '../contracts/rules.ts';
import { judgeFactoryOf } from './registry.ts';
import { Readings } from './readings.ts';
import type { RuleDecision } from './types.ts';

function ruleWith(conditions: Partial<ThresholdConditions> = {}, options: RuleOptions = {}): AuthoredRule {
  const common = { name: 'over 50', scope: {}, severity: 'warning' as const, message: '' };
  return { ...common, ...options, rule_type: 'threshold', conditions: { key: 'k', operator: '>', value: 50, ...conditions } };
}

function run(conditions: Partial<ThresholdConditions>, steps: readonly JudgeStep[], options: RuleOptions = {}): JudgeRun {
  return runSteps(ruleWith(conditions, options), steps);
}

describe('a reading that comes late, within the lateness', () => {
  it('adds to the history what began and ended unseen, and wakes nobody', () => {
    run({}, [
      { at: 0, value: 40, expect: '' },
      { at: 30, value: 40, expect: '' },
      { at: 10, value: 60, arrived: 31, expect: 'added 10..30' },
      { at: 20, value: 40, arrived: 32, expect: 'changed 10 to 10..20' },
      { at: 40, value: 40, expect: '' },
    ]);
  });

  it('changes nothing when it only says what was known', () => {
    run({}, [
      { at: 0, value: 60, expect: 'raised 60 @0 since 0' },
      { at: 30, value: 60, expect: 'repeated 60 @30' },
      { at: 10, value: 61, arrived: 31, expect: '' },
      { at: 40, value: 40, expect: 'cleared 40 @40' },
      { at: 35, value: 55, arrived: 41, expect: '' },
      { at: 45, value: 39, expect: '' },
      { at: 42, value: 41, arrived: 46, expect: '' },
    ]);
  });

  it('withdraws what was raised too soon by the timer, while the reading was under way', () => {
    run({ duration_seconds: 60 }, [
      { at: 0, value: 60, expect: 'due 60' },
      { at: 50, value: 60, expect: 'due 60' },
      { at: 60, timer: 'online', expect: 'raised 60 @60 since 0' },
      { at: 55, value: 40, arrived: 62, expect: 'withdrawn 60..' },
      { at: 63, value: 60, expect: 'due 123' },
    ]);
  });

  it('moves the beginning and the end', () => {
    run({}, [
      { at: 0, value: 40, expect: '' },
      { at: 20, value: 60, expect: 'raised 60 @20 since 20' },
      { at: 10, value: 60, arrived: 21, expect: 'changed 20 to 10..' },
      { at: 40, value: 40, expect: 'cleared 40 @40' },
      { at: 30, value: 40, arrived: 41, expect: 'changed 10 to 10..30' },
    ]);
  });

  it('that ended an alert for a moment leaves the one alert open, and adds what was before to the history', () => {
    run({}, [
      { at: 0, value: 60, expect: 'raised 60 @0 since 0' },
      { at: 20, value: 60, expect: 'repeated 60 @20' },
      { at: 10, value: 40, arrived: 21, expect: 'changed 0 to 20.., added 0..10' },
      { at: 30, value: 40, expect: 'cleared 40 @30' },
    ]);
  });

  it('ends an alert when a duration has to start anew after it', () => {
    run({ duration_seconds: 30 }, [
      { at: 0, value: 60, expect: 'due 30' },
      { at: 30, value: 60, expect: 'raised 60 @30 since 0' },
      { at: 40, value: 60, expect: 'repeated 60 @40' },
      { at: 35, value: 40, arrived: 41, expect: 'changed 30 to 30..35, due 70' },
      { at: 70, timer: 'online', expect: '' },
      { at: 75, value: 60, expect: 'raised 60 @75 since 40' },
    ]);
  });

  it('that completes what still lasts raises it once, with its true start', () => {
    const judged = run({ duration_seconds: 60 }, [
      { at: 0, value: 60, expect: 'due 60' },
      { at: 60, timer: 'online', expect: '' },
      // A single reading completes no duration; with the second one it has been complete for two seconds.
      { at: 30, value: 60, arrived: 62, expect: 'due 92' },
      { at: 92, timer: 'online', expect: 'raised 60 @60 since 0' },
    ]);
    assert.equal(judged.said.length, 1);
    run({ duration_seconds: 60, clear_value: 40 }, [
      { at: 0, value: 60, expect: 'due 60' },
      { at: 60, timer: 'online', expect: '' },
      { at: 70, value: 45, expect: '' },
      { at: 30, value: 60, arrived: 75, expect: 'raised 60 @60 since 0 (held)' },
      { at: 80, value: 45, expect: '' },
      { at: 81, value: 40, expect: 'cleared 40 @81' },
    ]);
  });

  it('tells an alert anew that was told as over and is not', () => {
    const average: AuthoredRule = {
      ...ruleWith(),
      rule_type: 'statistical',
      conditions: { key: 'k', function: 'avg', window: '1m', operator: '>', value: 50 },
    };
    runSteps(average, [
      { at: 0, value: 60, expect: 'raised 60 @0 since 0' },
      { at: 20, value: 30, expect: 'cleared 45 @20' },
      { at: 10, value: 90, arrived: 21, expect: 'withdrawn 0..20, raised 60 @0 since 0 (held)' },
      { at: 30, value: 0, expect: 'cleared 45 @30' },
    ]);
  });

  it('is taken once, however often it comes', () => {
    run({}, [
      { at: 0, value: 40, expect: '' },
      { at: 30, value: 40, expect: '' },
      { at: 10, value: 60, arrived: 31, expect: 'added 10..30' },
      { at: 10, value: 60, arrived: 32, expect: '' },
      { at: 10, value: 60, arrived: 33, expect: '' },
      { at: 30, value: 40, arrived: 34, expect: '' },
    ]);
  });

  it('of a kind or quality that is passed over changes nothing', () => {
    run(
      {},
      [
        { at: 0, value: 40, expect: '' },
        { at: 30, value: 40, expect: '' },
        { at: 10, value: 'hot', arrived: 31, expect: '' },
        { at: 12, value: 60, quality: 10, arrived: 31, expect: '' },
        { at: 12, value: 60, quality: 90, arrived: 32, expect: 'added 12..30' },
      ],
      { min_quality: 50 },
    );
  });

  it('withdraws nothing that was told and is by now too old to be changed', () => {
    const judged = new JudgeRun(ruleWith({}, { lateness_seconds: 20 }));
    const give = (seconds: number, value: number, arrived = seconds): readonly RuleDecision[] =>
      judged.point({ timeUs: (BASE_MS + seconds * 1_000) * 1_000, value }, BASE_MS + arrived * 1_000);
    // Changes close together share a mark, so judging begins anew before what is older than the lateness.
    for (const [seconds, value] of [
      [0, 60],
      [0.5, 40],
      [1, 60],
      [2.3, 40],
      [20.6, 40],
    ] as const)
      give(seconds, value);
    assert.deepEqual(give(1.5, 60, 21), []);
    assert.deepEqual(
      give(1.7, 40, 21).flatMap(({ corrections = [] }) => corrections.map(({ op }) => op)),
      ['changed'],
    );
  });

  it('begins and ends cooldowns where it should have', () => {
    run(
      {},
      [
        { at: 0, value: 60, expect: 'raised 60 @0 since 0' },
        { at: 20, value: 40, expect: 'cleared 40 @20' },
        { at: 45, value: 60, expect: 'due 50' },
        { at: 50, timer: 'online', expect: 'raised 60 @50 since 45 (held)' },
        // It had cleared ten seconds sooner, so the cooldown was over when the next one began.
        { at: 10, value: 40, arrived: 51, expect: 'changed 0 to 0..10, changed 50 to 45..' },
      ],
      { cooldown_seconds: 30 },
    );
  });

  it('of the exact age of the lateness is still within it', () => {
    const at = (seconds: number): JudgeStep => ({ at: seconds, value: 60, arrived: 100, expect: '' });
    run({}, [
      { at: 100, value: 40, expect: '' },
      { ...at(40), expect: 'added 40..100' },
    ]);
    run({}, [{ at: 100, value: 40, expect: '' }, at(39.999)]);
  });
});

describe('a reading that comes later than the lateness', () => {
  it('is counted, and nothing else', () => {
    const judged = run({}, [
      { at: 0, value: 60, expect: 'raised 60 @0 since 0' },
      { at: 5, value: 40, expect: 'cleared 40 @5' },
      { at: 100, value: 40, expect: '' },
      { at: 30, value: 60, arrived: 101, expect: '' },
      { at: 39.9, value: 60, arrived: 102, expect: '' },
      { at: 2, value: 60, arrived: 103, expect: '' },
      { at: 104, value: 40, expect: '' },
    ]);
    assert.deepEqual(judged.judge.view().late, { count: 3, lastUs: (BASE_MS + 39_900) * 1_000 });
  });

  it('does not clear what is active, nor complete what is building up', () => {
    const judged = run({ duration_seconds: 200 }, [
      { at: 0, value: 60, expect: 'due 200' },
      { at: 100, value: 60, expect: 'due 200' },
      { at: 30, value: 40, arrived: 101, expect: 'due 200' },
      { at: 200, value: 60, expect: 'raised 60 @200 since 0' },
      { at: 130, value: 40, arrived: 201, expect: '' },
    ]);
    assert.equal(judged.judge.view().late.count, 2);
  });

  it('is every reading that is not newer, when the lateness is zero', () => {
    const judged = run(
      {},
      [
        { at: 10, value: 40, expect: '' },
        { at: 9.999, value: 60, arrived: 11, expect: '' },
        { at: 11, value: 60, expect: 'raised 60 @11 since 11' },
        { at: 10.5, value: 40, arrived: 12, expect: '' },
      ],
      { lateness_seconds: 0 },
    );
    assert.equal(judged.judge.view().late.count, 2);
  });

  it('with a lateness of zero does not hold back alarms because messages take their time', () => {
    run({}, [{ at: 0, value: 60, arrived: 3, expect: 'raised 60 @0 since 0' }], { lateness_seconds: 0 });
  });

  it('with a lateness of zero still takes one that is newer than the last when the timer has decided meanwhile', () => {
    run(
      { duration_seconds: 60 },
      [
        { at: 0, value: 60, expect: 'due 60' },
        { at: 50, value: 60, expect: 'due 60' },
        { at: 60, timer: 'online', expect: 'raised 60 @60 since 0' },
        { at: 55, value: 40, arrived: 62, expect: 'withdrawn 60..' },
      ],
      { lateness_seconds: 0 },
    );
  });
});

describe('what a judge remembers of the past', () => {
  it('is small, however often the value flaps', () => {
    const judged = new JudgeRun(ruleWith());
    for (let index = 0; index < 20_000; index += 1) judged.point({ timeUs: (BASE_MS + index * 100) * 1_000, value: 40 + (index % 2) * 20 });
    // Ten changes a second for the minute of the lateness; the stretches themselves have to be known.
    assert.ok(JSON.stringify(judged.judge.state()).length < 65_000, String(JSON.stringify(judged.judge.state()).length));
    const { marks } = judged.judge.state() as { marks: unknown[] };
    assert.ok(marks.length <= 20, String(marks.length));
  });

  it('does not reach behind a change of its conditions: what came before was judged by others', () => {
    const factory = judgeFactoryOf(ruleWith());
    const rings = [new Readings(factory.keepMs)];
    const give = (judge: ReturnType<typeof factory.create>, seconds: number, value: number): readonly RuleDecision[] => {
      const timeUs = (BASE_MS + seconds * 1_000) * 1_000;
      const known = rings[0]?.put(timeUs, value) ?? false;
      return judge.point(0, { kind: 'point', value, timeUs, arrivedAtMs: BASE_MS + 60_000, known });
    };
    const before = factory.create(undefined, rings, 0);
    const said = [...give(before, 20, 60)];
    const after = factory.carryOver(JSON.parse(JSON.stringify(before.state())), rings, 0);
    assert.deepEqual(give(after, 10, 40), []);
    assert.equal(after.view().late.count, 1);
    said.push(...give(after, 30, 40), ...give(after, 25, 40));
    assert.deepEqual(
      alertLog(said).map(({ raisedUs, clearedUs }) => [raisedUs, clearedUs].map((us) => (us ?? 0) / 1_000_000 - BASE_MS / 1_000)),
      [[20, 25]],
    );
  });

  it('of an older program is enough to clear and correct the alert that it left', () => {
    const factory = judgeFactoryOf(ruleWith());
    const rings = [new Readings(factory.keepMs)];
    const raisedUs = BASE_MS * 1_000;
    const times = {
      since_us: raisedUs,
      last_us: raisedUs,
      raised_us: raisedUs,
      due_ms: null,
      cleared_us: null,
      reported_us: 0,
      reported_ms: 0,
    };
    const judge = factory.create({ phase: 'active', last_value: 60, unreported: 0, ...times }, rings, 0);
    const event = { kind: 'point' as const, arrivedAtMs: BASE_MS + 30_000, known: false };
    rings[0]?.put(raisedUs + 20e6, 40);
    assert.equal(judge.point(0, { ...event, value: 40, timeUs: raisedUs + 20e6 })[0]?.kind, 'cleared');
    rings[0]?.put(raisedUs + 10e6, 40);
    const [said] = judge.point(0, { ...event, value: 40, timeUs: raisedUs + 10e6 });
    assert.deepEqual([said?.corrections?.[0]?.op, said?.corrections?.[0]?.episode.clearedUs], ['changed', raisedUs + 10e6]);
  });
});
