import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ActiveHours, Weekday } from '../contracts/rules.ts';
import { activeHoursSchema } from '../contracts/rules.ts';
import { OpenHours } from './active-hours.ts';

/** The first instant inside from `from` on, both as ISO 8601. */
function opens(hours: ActiveHours, from: string): string {
  return new Date(new OpenHours(hours).opensAtUs(Date.parse(from) * 1_000) / 1_000).toISOString().replace('.000Z', 'Z');
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const satisfies Weekday[];

describe('the hours of a rule', () => {
  const bogota: ActiveHours = { timezone: 'America/Bogota', days: ['mon', 'tue'], from: '06:00', to: '22:00' };

  it('are those of the wall clock of the time zone', () => {
    // 2026-06-01 is a Monday; Bogota is five hours behind UTC.
    assert.equal(opens(bogota, '2026-06-01T11:00:00Z'), '2026-06-01T11:00:00Z');
    assert.equal(opens(bogota, '2026-06-01T10:59:00Z'), '2026-06-01T11:00:00Z');
    assert.equal(opens(bogota, '2026-06-02T02:59:59Z'), '2026-06-02T02:59:59Z');
    assert.equal(opens(bogota, '2026-06-02T03:00:00Z'), '2026-06-02T11:00:00Z');
    assert.equal(opens(bogota, '2026-06-03T12:00:00Z'), '2026-06-08T11:00:00Z');
  });

  it('go over midnight and then belong to the day on which they start', () => {
    const night: ActiveHours = { timezone: 'UTC', days: ['fri'], from: '22:00', to: '06:00' };
    assert.equal(opens(night, '2026-06-05T21:00:00Z'), '2026-06-05T22:00:00Z');
    assert.equal(opens(night, '2026-06-06T05:59:00Z'), '2026-06-06T05:59:00Z');
    assert.equal(opens(night, '2026-06-06T06:00:00Z'), '2026-06-12T22:00:00Z');
    assert.equal(opens(night, '2026-06-05T05:00:00Z'), '2026-06-05T22:00:00Z');
  });

  it('are the whole day when only days are given, and every day when only times are', () => {
    assert.equal(opens({ timezone: 'UTC', days: ['sun'] }, '2026-06-06T12:00:00Z'), '2026-06-07T00:00:00Z');
    assert.equal(opens({ timezone: 'UTC', from: '08:00' }, '2026-06-06T07:00:00Z'), '2026-06-06T08:00:00Z');
  });

  it('follow the clocks when these are changed', () => {
    const berlin: ActiveHours = { timezone: 'Europe/Berlin', from: '06:00', to: '07:00' };
    assert.equal(opens(berlin, '2026-03-28T06:00:00Z'), '2026-03-29T04:00:00Z');
    assert.equal(opens(berlin, '2026-10-24T05:00:00Z'), '2026-10-25T05:00:00Z');
    // 02:30 does not exist on the day the clocks go forward: the hours begin when the wall shows 03:00.
    assert.equal(opens({ ...berlin, from: '02:30', to: '04:00' }, '2026-03-28T23:00:00Z'), '2026-03-29T01:00:00Z');
    // From 02:15 to 02:45 exists twice on the day they go back.
    const twice = { ...berlin, from: '02:15', to: '02:45' };
    assert.equal(opens(twice, '2026-10-24T22:00:00Z'), '2026-10-25T00:15:00Z');
    assert.equal(opens(twice, '2026-10-25T00:45:00Z'), '2026-10-25T01:15:00Z');
  });

  it('are found as a person would by looking at the clock every minute, whatever was asked before', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC');
    const minute = fc.integer({ min: 0, max: 1_439 });
    const start = fc.integer({ min: Date.UTC(2026, 0, 1) / 60_000, max: Date.UTC(2027, 0, 1) / 60_000 });
    const days = fc.subarray([...DAYS], { minLength: 1 });
    fc.assert(
      fc.property(
        zones,
        fc.tuple(minute, minute),
        fc.array(start, { minLength: 1, maxLength: 4 }),
        days,
        (timezone, [from, to], starts, chosen) => {
          fc.pre(from !== to);
          const hours: ActiveHours = { timezone, days: chosen, from: clock(from), to: clock(to) };
          const open = new OpenHours(hours);
          for (const at of starts) {
            const found = open.opensAtUs(at * 60_000_000) / 60_000_000;
            assert.ok(isInside(hours, found), 'what was found is inside');
            // Looked at in steps, because a week has 10,080 minutes.
            for (let before = at; before < found; before += Math.max(1, Math.floor((found - at) / 50))) assert.ok(!isInside(hours, before));
            if (found > at) assert.ok(!isInside(hours, found - 1), 'the minute before is not');
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are refused with a reason when nobody could mean them', () => {
    const problem = (hours: object): string | undefined =>
      activeHoursSchema
        .safeParse({ timezone: 'UTC', ...hours })
        .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];
    assert.equal(problem({ from: '06:00', to: '22:00' }), undefined);
    assert.match(problem({ timezone: 'Mars/Olympus' }) ?? '', /^timezone: The time zone "Mars\/Olympus" is not known; enter an IANA name/);
    assert.match(problem({ timezone: '+02:00' }) ?? '', /^timezone: /);
    assert.match(problem({ from: '06:00', to: '06:00' }) ?? '', /^to: The hours from 06:00 to 06:00 are empty/);
    assert.match(problem({ from: '6 am' }) ?? '', /^from: /);
    assert.match(problem({ days: [] }) ?? '', /^days: /);
  });
});

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** Looks at the wall. */
function isInside({ timezone, days = [], from = '', to = '' }: ActiveHours, atMinute: number): boolean {
  const options = { timeZone: timezone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const parts = new Map(new Intl.DateTimeFormat('en-GB', options).formatToParts(atMinute * 60_000).map(({ type, value }) => [type, value]));
  const time = `${parts.get('hour') ?? ''}:${parts.get('minute') ?? ''}`;
  const today = (DAYS as readonly string[]).indexOf((parts.get('weekday') ?? '').toLowerCase());
  const has = (day: number): boolean => (days as readonly string[]).includes(DAYS[(day + 7) % 7] ?? '');
  if (from < to) return has(today) && time >= from && time < to;
  return (time >= from && has(today)) || (time < to && has(today - 1));
}
