import assert from 'node:assert/strict';
import type { RuleOf, StatisticalConditions } from '../../contracts/rules.ts';
import { ruleDefinitionSchema } from '../../contracts/rules.ts';
import type { PointValue } from '../../contracts/telemetry.ts';
import { judgeFactoryOf } from '../registry.ts';
import { JudgeRun } from '../../../test/support/judge-run.ts';

const BASE_MS = 1_761_582_600_000;

interface Row {
  at: number;
  value: PointValue;
  expect: string;
}

function ruleWith(conditions: Partial<StatisticalConditions>): RuleOf<'statistical'> {
  return {
    rule_id: 'r',
    version: 1,
    name: 'statistical',
    rule_type: 'statistical',
    scope: {},
    severity: 'warning',
    message: '',
    conditions: { key: 'k', function: 'avg', window: 60, operator: '>', value: 50, ...conditions },
  };
}

function judged(conditions: Partial<StatisticalConditions>, rows: readonly Row[], latenessSeconds = 60): void {
  const run = new JudgeRun({ ...ruleWith(conditions), lateness_seconds: latenessSeconds });
  for (const [index, { at, value, expect }] of rows.entries()) {
    const nowMs = BASE_MS + at * 1_000;
    const said = run.judgeMessage([{ timeUs: nowMs * 1_000, value }], nowMs).map(({ kind, value: figure }) => `${kind} ${String(figure)}`);
    assert.equal(said.join(', '), expect, `step ${index}`);
  }
}

describe('statistical rule', () => {
  it('judges the figure of the last window, in event time, the reading that is a window old left out', () => {
    judged({}, [
      { at: 0, value: 100, expect: 'raised 100' },
      { at: 30, value: 0, expect: 'cleared 50' },
      { at: 59, value: 80, expect: 'raised 60' },
      { at: 60, value: 40, expect: 'cleared 40' },
      { at: 500, value: 51, expect: 'raised 51' },
    ]);
  });

  for (const [statistic, figure] of [
    ['avg', 4],
    ['min', 1],
    ['max', 9],
    ['sum', 16],
    ['count', 4],
    ['median', 3],
    ['p95', 8.1],
    ['stddev', 3.464],
    ['rate', -2],
  ] as const) {
    it(`knows ${statistic}`, () => {
      const run = new JudgeRun(ruleWith({ function: statistic, operator: '!=', value: 1e9 }));
      for (const [at, value] of [
        [-100, 77],
        [1, 9],
        [2, 3],
        [3, 1],
        [4, 3],
      ] as const)
        run.point({ timeUs: (BASE_MS + at * 1_000) * 1_000, value });
      assert.equal(Number(Number(run.judge.view().lastValue).toFixed(3)), figure);
    });
  }

  it('waits until there are enough readings, and leaves a running alert alone while there are not', () => {
    judged({ min_samples: 3 }, [
      { at: 0, value: 90, expect: '' },
      { at: 1, value: 90, expect: '' },
      { at: 2, value: 90, expect: 'raised 90' },
      { at: 100, value: 10, expect: '' },
      { at: 101, value: 10, expect: '' },
      { at: 102, value: 10, expect: 'cleared 10' },
    ]);
    judged({ function: 'rate', value: 1 }, [
      { at: 0, value: 10, expect: '' },
      { at: 2, value: 14, expect: 'raised 2' },
    ]);
  });

  it('has a clear value, counts booleans as 0 and 1, and passes text over', () => {
    judged({ value: 0.5, clear_value: 0.25 }, [
      { at: 0, value: true, expect: 'raised 1' },
      { at: 1, value: 'open', expect: '' },
      { at: 2, value: false, expect: '' },
      { at: 3, value: false, expect: '' },
      { at: 4, value: false, expect: 'cleared 0.25' },
    ]);
  });

  it('counts a late reading in every window from its own time on, raises what that completes and still lasts, and takes repeats once', () => {
    judged({ function: 'max' }, [
      { at: 0, value: 10, expect: '' },
      { at: 20, value: 10, expect: '' },
      { at: 10, value: 99, expect: 'raised 99' },
      { at: 10, value: 99, expect: '' },
      { at: 21, value: 10, expect: '' },
      { at: 70, value: 10, expect: 'cleared 10' },
      { at: 10, value: 99, expect: '' },
      { at: 71, value: 10, expect: '' },
    ]);
  });

  it('gives one that is older than the lateness its place in the window, judges nothing by it, and takes repeats once', () => {
    judged(
      { function: 'max' },
      [
        { at: 0, value: 10, expect: '' },
        { at: 20, value: 10, expect: '' },
        { at: 10, value: 99, expect: '' },
        { at: 10, value: 99, expect: '' },
        { at: 21, value: 10, expect: 'raised 99' },
        { at: 70, value: 10, expect: 'cleared 10' },
        { at: 10, value: 99, expect: '' },
        { at: 71, value: 10, expect: '' },
      ],
      5,
    );
  });

  it('has a spread of exactly 0 for a value that does not move, also after an absurd one', () => {
    judged({ function: 'stddev', operator: '<=', value: 0, window: 3 }, [
      { at: 0, value: 3.4e38, expect: '' },
      { at: 1, value: 0.1, expect: '' },
      { at: 2, value: 0.1, expect: '' },
      { at: 3, value: 0.1, expect: 'raised 0' },
    ]);
  });

  it('names the unit of the figure', () => {
    const unit = (statistic: StatisticalConditions['function']) => judgeFactoryOf(ruleWith({ function: statistic })).unitOf('°C');
    assert.deepEqual([unit('avg'), unit('count'), unit('rate')], ['°C', null, '°C/s']);
  });

  it('is refused with the field and the remedy when it cannot be meant', () => {
    const problem = (conditions: object): string | undefined =>
      ruleDefinitionSchema
        .safeParse({ ...ruleWith({}), conditions: { ...ruleWith({}).conditions, ...conditions } })
        .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];
    for (const window of [60, 0.5, '1h', '5m', '7d', '90', '90 s']) assert.equal(problem({ window }), undefined, String(window));
    for (const window of [0, -1, '', '0s', 'soon'])
      assert.match(problem({ window }) ?? '', /^conditions\.window: The window .* is not a time/);
    assert.match(problem({ window: '365d' }) ?? '', /^conditions\.window: .* longer than seven days/);
    assert.match(problem({ clear_value: 60 }) ?? '', /^conditions\.clear_value: The clear value 60 is above/);
    assert.match(problem({ function: 'stddev', min_samples: 1 }) ?? '', /^conditions\.min_samples: "stddev" needs at least 2/);
    assert.match(problem({ function: 'mode' }) ?? '', /^conditions\.function: /);
  });
});
