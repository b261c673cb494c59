import assert from 'node:assert/strict';
import fc from 'fast-check';
import { JudgeRun, runSteps } from '../../../test/support/judge-run.ts';
import type { JudgeStep } from '../../../test/support/judge-run.ts';
import { cronOf, cronProblem, nextDueMs } from '../../contracts/cron.ts';
import type { AuthoredRule, RuleOptions, ScheduleConditions } from '../../contracts/rules.ts';
import { ruleDefinitionSchema } from '../../contracts/rules.ts';
import { RuleReplay } from '../replay.ts';
import type { RuleDecision } from '../types.ts';

/** Steps are seconds from 2026-06-01T05:00:00Z, a Monday; the schedule is due every ten minutes. */
const everyTenMinutes = { schedule: '*/10 * * * *', timezone: 'UTC' };

function ruleWith(conditions: Partial<ScheduleConditions> & Pick<ScheduleConditions, 'check'>, options: RuleOptions = {}): AuthoredRule {
  const common = { name: 'look', scope: {}, severity: 'info' as const, message: '' };
  return { ...common, ...options, rule_type: 'schedule', conditions: { ...everyTenMinutes, ...conditions } };
}

const noData = ruleWith({ check: 'no_data', key: 'temperature', seconds: 900 });
const offline = ruleWith({ check: 'device_offline', offline_seconds: 300 });

function run(rule: AuthoredRule, steps: readonly JudgeStep[]): JudgeRun {
  return runSteps(rule, steps);
}

describe('schedule rule', () => {
  describe('without data', () => {
    it('raises at the first time of the schedule at which the silence is long enough, counts at each further one, clears at once when heard', () => {
      run(noData, [
        { at: 30, value: 20, expect: '' },
        { at: 600, timer: 'online', expect: '' },
        { at: 929, timer: 'online', expect: '' },
        { at: 1_200, timer: 'online', expect: 'raised 1170 @1200 since 30' },
        { at: 1_800, timer: 'online', expect: 'repeated 1770 @1800' },
        { at: 1_900, value: 21, expect: 'cleared 21 @1900' },
        { at: 2_400, timer: 'online', expect: '' },
        { at: 3_000, timer: 'online', expect: 'raised 1100 @3000 since 1900' },
      ]);
    });

    it('misses a device that never sent anything from its own beginning on', () => {
      run(noData, [
        { at: 600, timer: 'online', expect: '' },
        { at: 1_200, timer: 'offline', expect: 'raised 1200 @1200 since 0' },
      ]);
    });

    it('misses a device that was heard before the rule began since its newest stored reading', () => {
      const replay = new RuleReplay(noData, 'd', { startMs: Date.UTC(2026, 5, 1, 5) });
      replay.prime(0, [{ timeUs: Date.UTC(2026, 5, 1, 4) * 1_000, value: 1, quality: 100 }]);
      const [raised] = replay.finish(Date.UTC(2026, 5, 1, 5, 10));
      assert.deepEqual([raised?.kind, raised?.value, raised?.sinceUs], ['raised', 4_200, Date.UTC(2026, 5, 1, 4) * 1_000]);
    });

    it('counts text and readings of the past as heard, by their arrival, and passes over what has not the quality', () => {
      run({ ...noData, min_quality: 50 }, [
        { at: 0, value: 'starting', expect: '' },
        { at: 600, timer: 'online', expect: '' },
        { at: 1_200, timer: 'online', expect: 'raised 1200 @1200 since 0' },
        { at: 1_201, value: 5, quality: 10, expect: '' },
        // It was read long before the alert was raised; the alert ends when it arrives.
        { at: 100, value: 5, arrived: 1_250, expect: 'cleared 5 @1250' },
        { at: 1_800, timer: 'online', expect: '' },
      ]);
    });

    it('makes up for the times that went by while the platform was down by one look when it is back', () => {
      run(noData, [
        { at: 0, value: 1, expect: '' },
        { at: 7_300, timer: 'online', expect: 'raised 1200 @1200 since 0' },
        { at: 7_800, timer: 'online', expect: 'repeated 7800 @7800' },
      ]);
      run(noData, [
        { at: 0, value: 1, expect: '' },
        { at: 7_000, value: 1, expect: '' },
        { at: 7_300, timer: 'online', expect: '' },
      ]);
    });
  });

  describe('of devices that are offline', () => {
    it('raises at the first time at which it was offline for long enough, and clears at once when it is back', () => {
      run(offline, [
        { at: 600, timer: 'online', expect: '' },
        { at: 1_200, timer: 'offline', offlineSince: 1_000, expect: '' },
        { at: 1_800, timer: 'offline', offlineSince: 1_000, expect: 'raised 800 @1800 since 1000' },
        { at: 2_400, timer: 'offline', offlineSince: 1_000, expect: 'repeated 1400 @2400' },
        { at: 2_500, timer: 'offline', offlineSince: 1_000, expect: '' },
        { at: 2_600, timer: 'online', expect: 'cleared null @2600' },
        { at: 3_000, timer: 'online', expect: '' },
      ]);
    });

    it('takes one of which it is not known since when for offline from now on', () => {
      run(offline, [{ at: 600, timer: 'offline', expect: '' }]);
      run(ruleWith({ check: 'device_offline', offline_seconds: 0 }), [{ at: 600, timer: 'offline', expect: 'raised 0 @600 since 600' }]);
    });

    it('finds after a downtime what a time that went by would have found, and nothing else', () => {
      run(offline, [{ at: 5_000, timer: 'offline', offlineSince: 4_000, expect: 'raised 800 @4800 since 4000' }]);
      run(offline, [{ at: 5_000, timer: 'offline', offlineSince: 4_600, expect: '' }]);
    });

    it('holds back in the cooldown and looks again at the next time', () => {
      run({ ...offline, cooldown_seconds: 900 }, [
        { at: 600, timer: 'offline', offlineSince: 0, expect: 'raised 600 @600 since 0' },
        { at: 700, timer: 'online', expect: 'cleared null @700' },
        { at: 1_200, timer: 'offline', offlineSince: 710, expect: '' },
        { at: 1_800, timer: 'offline', offlineSince: 710, expect: 'raised 1090 @1800 since 710' },
      ]);
    });
  });

  describe('always', () => {
    it('raises each time anew and ends what it raised before; a cooldown has no meaning', () => {
      run(ruleWith({ check: 'always' }, { cooldown_seconds: 3_600 }), [
        { at: 0, timer: 'online', expect: '' },
        { at: 600, timer: 'offline', expect: 'raised null @600 since 600' },
        { at: 1_200, timer: 'online', expect: 'cleared null @1200, raised null @1200 since 1200' },
      ]);
    });

    it('passes over times outside the hours of the rule', () => {
      run(ruleWith({ check: 'always' }, { active: { timezone: 'UTC', from: '05:15', to: '05:25' } }), [
        { at: 600, timer: 'online', expect: '' },
        { at: 1_200, timer: 'online', expect: 'raised null @1200 since 1200' },
        { at: 1_800, timer: 'online', expect: 'cleared null @1800' },
        { at: 2_400, timer: 'online', expect: '' },
      ]);
    });

    it('is not made up for when the hours are over', () => {
      run(ruleWith({ check: 'always' }, { active: { timezone: 'UTC', from: '05:00', to: '06:00' } }), [
        { at: 7_200, timer: 'online', expect: '' },
      ]);
    });

    it('is made up for only by times that went by in the hours of the rule', () => {
      const hours = { active: { timezone: 'UTC', from: '06:05', to: '08:00' } };
      run(ruleWith({ check: 'always' }, hours), [
        { at: 3_960, timer: 'online', expect: '' },
        { at: 6_300, timer: 'online', expect: 'raised null @4200 since 4200' },
      ]);
      run(ruleWith({ check: 'always', schedule: '30 5 * * *' }, hours), [{ at: 5_000, timer: 'online', expect: '' }]);
      run(ruleWith({ check: 'device_offline', offline_seconds: 300 }, hours), [
        { at: 5_000, timer: 'offline', offlineSince: 100, expect: 'raised 4100 @4200 since 100' },
      ]);
    });
  });

  it('is due by its schedule alone, whoever asks in between', () => {
    const judged = new JudgeRun(offline, { startMs: Date.UTC(2026, 5, 1, 5, 3) });
    assert.equal(judged.judge.dueAtMs, Date.UTC(2026, 5, 1, 5, 10));
    judged.timer(Date.UTC(2026, 5, 1, 5, 4));
    assert.equal(judged.judge.dueAtMs, Date.UTC(2026, 5, 1, 5, 10));
    judged.timer(Date.UTC(2026, 5, 1, 5, 47));
    assert.equal(judged.judge.dueAtMs, Date.UTC(2026, 5, 1, 5, 50));
  });

  it('follows its new schedule when it is changed, and keeps what is active', () => {
    const judged = new JudgeRun(noData, { startMs: 0 });
    judged.timer(3_600_000);
    const hourly = new JudgeRun(ruleWith({ check: 'no_data', key: 'temperature', seconds: 900, schedule: '0 * * * *' }));
    const carried = hourly.factory.carryOver(judged.judge.state(), [], 3_700_000);
    assert.deepEqual([carried.view().active, carried.dueAtMs], [true, 7_200_000]);
  });
});

describe('schedule rule, whatever happens', () => {
  const BASE = Date.UTC(2026, 5, 1, 5);
  const readings = fc
    .array(fc.record({ gapMs: fc.integer({ min: 1, max: 2_400_000 }), stops: fc.boolean() }), { maxLength: 30, size: 'max' })
    .map((rows) => {
      let ms = BASE;
      return rows.map(({ gapMs, stops }) => ({ ms: (ms += gapMs), stops }));
    });
  const rules = fc.constantFrom(noData, { ...noData, cooldown_seconds: 1_800 }, ruleWith({ check: 'always' }), offline);

  it('is not changed by restarts, and decides the same in a replay', () => {
    fc.assert(
      fc.property(rules, readings, (rule, rows) => {
        const endMs = (rows.at(-1)?.ms ?? BASE) + 3_600_000;
        const play = (restarts: boolean): readonly RuleDecision[] => {
          const judged = new JudgeRun(rule, { startMs: BASE });
          for (const { ms, stops } of rows) {
            judged.runTimers(ms);
            if (judged.factory.inputs.length > 0) judged.point({ timeUs: ms * 1_000, value: 1 });
            if (restarts && stops) judged.restart(ms);
          }
          judged.runTimers(endMs + 1);
          return judged.said;
        };
        const replay = new RuleReplay(rule, 'd', { startMs: BASE });
        const replayed = rows.flatMap(({ ms }) => (replay.inputs.length === 0 ? [] : replay.point(0, ms * 1_000, 1, 100)));
        replayed.push(...replay.finish(endMs));
        assert.deepEqual(play(true), play(false));
        assert.deepEqual(replayed, play(false));
      }),
      { numRuns: 100 },
    );
  });

  it('alternates raised and cleared', () => {
    fc.assert(
      fc.property(rules, readings, (rule, rows) => {
        const judged = new JudgeRun(rule, { startMs: BASE });
        for (const { ms, stops } of rows) {
          if (judged.factory.inputs.length > 0 && !stops) judged.judgeMessage([{ timeUs: ms * 1_000, value: 1 }], ms);
          else judged.timer(ms, { kind: 'timer', online: stops, awaySinceMs: ms - 1_000_000 });
        }
        judged.log();
      }),
      { numRuns: 300 },
    );
  });
});

describe('the times of a schedule', () => {
  /** The next times after an instant, as ISO 8601. */
  function times(schedule: string, timezone: string, from: string, count: number): string[] {
    const cron = cronOf({ schedule, timezone });
    const found: string[] = [];
    for (let ms = Date.parse(from); found.length < count;) {
      ms = nextDueMs(cron, ms) ?? Number.NaN;
      found.push(new Date(ms).toISOString().replace(':00.000Z', 'Z'));
    }
    return found;
  }

  it('are those of the wall clock of the place', () => {
    const bogota = times('0 6 * * mon-fri', 'America/Bogota', '2026-06-05T10:00:00Z', 3);
    assert.deepEqual(bogota, ['2026-06-05T11:00Z', '2026-06-08T11:00Z', '2026-06-09T11:00Z']);
    const berlin = times('0 6 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z', 3);
    assert.deepEqual(berlin, ['2026-03-28T05:00Z', '2026-03-29T04:00Z', '2026-03-30T04:00Z']);
  });

  it('one time of day in the hour that is skipped in spring is made up for right after it', () => {
    const once = times('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 3);
    assert.deepEqual(once, ['2026-03-28T01:30Z', '2026-03-29T01:00Z', '2026-03-30T00:30Z']);
    const steps = times('*/30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2);
    assert.deepEqual(steps, ['2026-03-30T00:00Z', '2026-03-30T00:30Z']);
  });

  it('one time of day in the hour that is repeated in autumn comes once, steps come both times', () => {
    const once = times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2);
    assert.deepEqual(once, ['2026-10-25T00:30Z', '2026-10-26T01:30Z']);
    assert.deepEqual(times('30 2 * * *', 'Europe/Berlin', '2026-10-25T00:45:00Z', 1), ['2026-10-26T01:30Z']);
    const steps = times('*/30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 5);
    assert.deepEqual(steps, ['2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-25T01:00Z', '2026-10-25T01:30Z', '2026-10-26T01:00Z']);
    const hourly = times('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30:00Z', 3);
    assert.deepEqual(hourly, ['2026-10-25T00:00Z', '2026-10-25T01:00Z', '2026-10-25T02:00Z']);
  });

  it('are refused when they cannot be read or never come', () => {
    assert.equal(cronProblem('0 6 * * mon-fri', 'UTC'), undefined);
    assert.equal(cronProblem('0 0 29 2 *', 'UTC'), undefined);
    assert.match(cronProblem('0 0 30 2 *', 'UTC') ?? '', /is never due/);
    for (const schedule of ['', 'soon', '0 6 * *', '* * * * * *', '99 6 * * *'])
      assert.match(cronProblem(schedule, 'UTC') ?? '', /cron/, schedule);
    const problem = (conditions: object): string | undefined =>
      ruleDefinitionSchema
        .safeParse({ ...noData, rule_id: 'r', version: 1, conditions: { ...noData.conditions, ...conditions } })
        .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];
    assert.equal(problem({}), undefined);
    assert.match(problem({ timezone: 'Mars/Olympus' }) ?? '', /^conditions\.timezone: /);
    assert.match(problem({ seconds: undefined }) ?? '', /^conditions\.seconds: /);
    assert.match(problem({ key: undefined }) ?? '', /^conditions\.key: /);
    assert.match(problem({ check: 'device_offline' }) ?? '', /^conditions\.offline_seconds: /);
  });
});
