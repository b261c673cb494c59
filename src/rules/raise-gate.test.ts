import assert from 'node:assert/strict';
import { JudgeRun, ONLINE } from '../../test/support/judge-run.ts';
import type { RuleOf } from '../contracts/rules.ts';

/** 2026-06-01T05:00:00Z, a Monday. */
const BASE_MS = Date.UTC(2026, 5, 1, 5);

type Row = { at: number; value: number; quality?: number; expect: string } | { at: number; timer: 'online' | 'offline'; expect: string };

const over50: Omit<RuleOf<'threshold'>, 'rule_id' | 'version'> = {
  name: 'over 50',
  rule_type: 'threshold',
  scope: {},
  severity: 'warning',
  message: '',
  conditions: { key: 'k', operator: '>', value: 50, clear_value: 48 },
};

/** Steps at seconds after the base, through what runs in the engine; restarted after every step. */
function run(rule: typeof over50, rows: readonly Row[]): void {
  const judged = new JudgeRun(rule);
  for (const [index, row] of rows.entries()) {
    const nowMs = BASE_MS + row.at * 1_000;
    const decisions =
      'timer' in row
        ? judged.timer(nowMs, { ...ONLINE, online: row.timer === 'online' })
        : judged.judgeMessage([{ value: row.value, timeUs: nowMs * 1_000, quality: row.quality ?? 100 }], nowMs);
    const said = decisions.map((t) => `${t.kind} @${(t.atUs / 1_000 - BASE_MS) / 1_000} since ${(t.sinceUs / 1_000 - BASE_MS) / 1_000}`);
    const { dueAtMs } = judged.judge;
    const due = dueAtMs === null ? '' : `due ${(dueAtMs - BASE_MS) / 1_000}`;
    assert.equal([...said, due].filter((word) => word !== '').join(', '), row.expect, `step ${index}: ${JSON.stringify(row)}`);
    judged.restart();
  }
}

describe('the cooldown of a rule', () => {
  it('keeps it from raising again after a clear, and raises what still holds when it is over, with its true start', () => {
    run({ ...over50, cooldown_seconds: 300 }, [
      { at: 0, value: 51, expect: 'raised @0 since 0' },
      { at: 10, value: 48, expect: 'cleared @10 since 10' },
      { at: 20, value: 60, expect: 'due 310' },
      { at: 30, value: 50, expect: '' },
      { at: 40, value: 60, expect: 'due 310' },
      { at: 309, value: 60, expect: 'due 310' },
      { at: 310, value: 60, expect: 'raised @310 since 40' },
      { at: 311, value: 40, expect: 'cleared @311 since 311' },
      { at: 700, value: 60, expect: 'raised @700 since 700' },
    ]);
  });

  it('is over by the timer too, when the last reading violates and the device is not known to be offline', () => {
    run({ ...over50, cooldown_seconds: 60 }, [
      { at: 0, value: 51, expect: 'raised @0 since 0' },
      { at: 1, value: 40, expect: 'cleared @1 since 1' },
      { at: 2, value: 51, expect: 'due 61' },
      { at: 61, timer: 'offline', expect: 'due 61' },
      { at: 70, timer: 'online', expect: 'raised @61 since 2' },
    ]);
  });

  it('goes on beside a duration: the later of both ends decides', () => {
    run({ ...over50, conditions: { ...over50.conditions, duration_seconds: 30 }, cooldown_seconds: 60 }, [
      { at: 0, value: 51, expect: 'due 30' },
      { at: 30, value: 51, expect: 'raised @30 since 0' },
      { at: 40, value: 40, expect: 'cleared @40 since 40' },
      { at: 50, value: 51, expect: 'due 100' },
      { at: 90, value: 51, expect: 'due 100' },
      { at: 100, timer: 'online', expect: 'raised @100 since 50' },
      { at: 101, value: 40, expect: 'cleared @101 since 101' },
      { at: 150, value: 51, expect: 'due 180' },
      // A single reading supports no duration.
      { at: 180, timer: 'online', expect: '' },
    ]);
  });
});

describe('the hours of a rule that runs', () => {
  const fromSix = { ...over50, active: { timezone: 'UTC', from: '06:00', to: '07:00' } };

  it('raise nothing outside; what still holds when they begin is raised then', () => {
    run(fromSix, [
      { at: 0, value: 51, expect: 'due 3600' },
      { at: 60, value: 40, expect: '' },
      { at: 1_800, value: 51, expect: 'due 3600' },
      { at: 3_600, timer: 'online', expect: 'raised @3600 since 1800' },
    ]);
  });

  it('leave a running alert alone: it is counted and cleared outside too', () => {
    run(fromSix, [
      { at: 7_000, value: 51, expect: 'raised @7000 since 7000' },
      { at: 7_300, value: 52, expect: 'repeated @7300 since 7000' },
      { at: 7_400, value: 40, expect: 'cleared @7400 since 7400' },
      { at: 7_500, value: 51, expect: 'due 90000' },
    ]);
  });

  it('wait for the next ones when a device was offline throughout', () => {
    run(fromSix, [
      { at: 0, value: 51, expect: 'due 3600' },
      { at: 3_600, timer: 'offline', expect: 'due 3600' },
      { at: 7_200, timer: 'online', expect: 'due 90000' },
      { at: 8_000, value: 51, expect: 'due 90000' },
      // Nobody asked the timer in time: it comes first.
      { at: 90_001, value: 51, expect: 'raised @90000 since 0, due 90011' },
    ]);
  });
});

describe('the lowest quality of a rule', () => {
  it('passes readings below it over, as if they had not been sent', () => {
    run({ ...over50, min_quality: 50 }, [
      { at: 0, value: 51, quality: 49, expect: '' },
      { at: 1, value: 51, quality: 50, expect: 'raised @1 since 1' },
      { at: 3, value: 10, quality: 0, expect: '' },
      { at: 2, value: 10, quality: 100, expect: 'cleared @2 since 2' },
    ]);
  });
});
