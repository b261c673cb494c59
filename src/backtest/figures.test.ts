import assert from 'node:assert/strict';
import type { BacktestSummary } from '../contracts/backtest.ts';
import type { RuleDecision } from '../rules/types.ts';
import { LISTED_ALERTS, RunFigures } from './figures.ts';

const START_US = Date.UTC(2026, 0, 1) * 1_000;
const SECOND = 1_000_000;
const DAY = 86_400;

/** A decision `at` seconds after the start. */
function decided(at: number, kind: RuleDecision['kind'], more: Partial<RuleDecision> = {}): RuleDecision {
  const atUs = START_US + at * SECOND;
  return { kind, atUs, sinceUs: atUs, value: 1, occurrences: 1, ...more };
}

function figuresOf(devices: Record<string, RuleDecision[]>, days = 1): RunFigures {
  const figures = new RunFigures({ startUs: START_US, endUs: START_US + days * DAY * SECOND }, 'kept');
  for (const [deviceId, decisions] of Object.entries(devices)) {
    figures.beginDevice(deviceId);
    for (const decision of decisions) figures.take([decision]);
    figures.endDevice(true);
  }
  return figures;
}

const iso = (seconds: number): string => new Date(START_US / 1_000 + seconds * 1_000).toISOString();

describe('the figures of a backtest', () => {
  const NONE: BacktestSummary = { alerts: 0, alerts_per_day: 0, longest_seconds: 0, alarm_seconds: 0, alarm_share: 0, chatter: 0 };
  const table: [what: string, devices: Record<string, RuleDecision[]>, expected: Partial<BacktestSummary>][] = [
    ['nothing', { a: [] }, {}],
    ['no device', {}, {}],
    [
      'one alert of six hours',
      { a: [decided(0, 'raised'), decided(21_600, 'cleared')] },
      { alerts: 1, alerts_per_day: 1, longest_seconds: 21_600, alarm_seconds: 21_600, alarm_share: 0.25 },
    ],
    [
      'an alert that is still active counts up to the end',
      { a: [decided(DAY - 100, 'raised')] },
      { alerts: 1, alerts_per_day: 1, longest_seconds: 100, alarm_seconds: 100, alarm_share: 0.00115741 },
    ],
    [
      'all devices together, those without alerts too',
      { a: [decided(0, 'raised'), decided(43_200, 'cleared')], b: [decided(0, 'raised'), decided(43_200, 'cleared')], c: [], d: [] },
      { alerts: 2, alerts_per_day: 2, longest_seconds: 43_200, alarm_seconds: 86_400, alarm_share: 0.25 },
    ],
    [
      'chatter: raised again up to a minute after a clear',
      {
        a: [
          decided(0, 'raised'),
          decided(10, 'cleared'),
          decided(70, 'raised'),
          decided(80, 'cleared'),
          decided(141, 'raised'),
          decided(151, 'cleared'),
        ],
        b: [decided(160, 'raised'), decided(170, 'cleared')],
      },
      { alerts: 4, alerts_per_day: 4, longest_seconds: 10, alarm_seconds: 40, alarm_share: 0.000231481, chatter: 1 },
    ],
    [
      'no chatter where a schedule raises anew at the same instant',
      { a: [decided(0, 'raised'), decided(100, 'cleared'), decided(100, 'raised'), decided(200, 'cleared')] },
      { alerts: 2, alerts_per_day: 2, longest_seconds: 100, alarm_seconds: 200, alarm_share: 0.00231481 },
    ],
  ];
  for (const [what, devices, expected] of table) {
    it(`count ${what}`, () => assert.deepEqual(figuresOf(devices).result().summary, { ...NONE, ...expected }));
  }

  it('do not count the time of a device without readings, unless it had an alert', () => {
    const figures = new RunFigures({ startUs: START_US, endUs: START_US + DAY * SECOND }, 'not kept');
    for (const [deviceId, decisions] of [
      ['silent', []],
      ['missed', [decided(0, 'raised')]],
    ] as const) {
      figures.beginDevice(deviceId);
      figures.take(decisions);
      assert.deepEqual(figures.endDevice(false), []);
    }
    assert.equal(figures.result().summary.alarm_share, 1);
  });

  it('list alerts of all devices in the order of time, with their violating readings', () => {
    const { alerts, alerts_left_off: leftOff } = figuresOf({
      b: [decided(5, 'raised', { sinceUs: START_US, value: 61 }), decided(9, 'repeated', { occurrences: 4 }), decided(20, 'cleared')],
      a: [decided(7, 'raised', { value: true })],
    }).result();
    assert.equal(leftOff, 0);
    assert.deepEqual(alerts, [
      { device_id: 'b', raised_at: iso(5), since: iso(0), cleared_at: iso(20), value: 61, occurrences: 6 },
      { device_id: 'a', raised_at: iso(7), since: iso(7), cleared_at: null, value: true, occurrences: 1 },
    ]);
  });

  it('list the first thousand and say how many more there are, counting all', () => {
    const many = (offset: number): RuleDecision[] =>
      Array.from({ length: 4_000 }, (_, i) => [decided(i * 10 + offset, 'raised'), decided(i * 10 + offset + 1, 'cleared')]).flat();
    const { summary, alerts, alerts_left_off: leftOff } = figuresOf({ a: many(0), b: many(5) }).result();
    assert.deepEqual([summary.alerts, summary.alarm_seconds, alerts.length, leftOff], [8_000, 8_000, LISTED_ALERTS, 7_000]);
    assert.deepEqual(alerts.at(-1)?.raised_at, iso(4_995));
  });

  it('follow corrections: what was decided on the first of two readings of one instant', () => {
    const episode = { raisedUs: START_US, sinceUs: START_US, value: 2, clearedUs: null };
    const corrected = (op: 'added' | 'withdrawn' | 'changed', clearedAt: number | null, raisedAt = 0): RuleDecision =>
      decided(0, 'corrected', {
        corrections: [
          {
            op,
            wasRaisedUs: START_US + raisedAt * SECOND,
            episode: {
              ...episode,
              raisedUs: START_US + raisedAt * SECOND,
              clearedUs: clearedAt === null ? null : START_US + clearedAt * SECOND,
            },
          },
        ],
      });
    assert.equal(figuresOf({ a: [decided(0, 'raised'), corrected('withdrawn', null)] }).result().summary.alerts, 0);
    assert.equal(
      figuresOf({ a: [decided(0, 'raised'), decided(5, 'cleared'), corrected('changed', 3)] }).result().summary.alarm_seconds,
      3,
    );
    const added = figuresOf({ a: [decided(50, 'raised'), corrected('added', 20, 10), decided(60, 'cleared')] }).result();
    assert.deepEqual(
      added.alerts.map(({ raised_at: raisedAt, cleared_at: clearedAt }) => [raisedAt, clearedAt]),
      [
        [iso(10), iso(20)],
        [iso(50), iso(60)],
      ],
    );
  });
});
