import assert from 'node:assert/strict';
import { silentLogger } from '../core/logger.ts';
import { ReportClock } from './reports.ts';
import type { NewNotification } from './types.ts';

/** Queues as the outbox does: what has the same key is queued once. */
class Queue {
  readonly queued = new Map<string, NewNotification>();
  fails: Error | undefined;
  queue = (notifications: readonly NewNotification[]): Promise<string[]> => {
    if (this.fails !== undefined) return Promise.reject(this.fails);
    for (const one of notifications) if (!this.queued.has(one.dedupKey)) this.queued.set(one.dedupKey, one);
    return Promise.resolve([]);
  };
  keys = (): string[] => [...this.queued.keys()].sort();
}

describe('the clock of reports', () => {
  let outbox: Queue;
  let nowMs: number;

  beforeEach(() => {
    outbox = new Queue();
  });

  function clockIn(timezone: string, recipients: readonly string[] = ['a@example.com', 'b@example.com']): ReportClock {
    return new ReportClock({ outbox, clock: { nowMs: () => nowMs }, timezone, recipients, tenantId: 'default', logger: silentLogger });
  }

  /** Starts at one instant and looks at each of the others. */
  async function lookAt(reports: ReportClock, first: string, ...others: string[]): Promise<void> {
    nowMs = Date.parse(first);
    reports.start();
    await reports.stop();
    for (const iso of others) {
      nowMs = Date.parse(iso);
      await reports.look();
    }
  }

  it('queues the daily report at 07:00 by the zone, about the day before', async () => {
    const reports = clockIn('America/Bogota'); // UTC-5
    await lookAt(reports, '2026-11-20T19:00:00Z', '2026-11-21T11:59:59Z');
    assert.deepEqual(outbox.keys(), []);
    nowMs = Date.parse('2026-11-21T12:00:10Z');
    await reports.look();
    assert.deepEqual(outbox.keys(), ['daily_report:2026-11-21']);
    const report = outbox.queued.get('daily_report:2026-11-21');
    assert.deepEqual(report?.content, { start: '2026-11-20T05:00:00.000Z', end: '2026-11-21T05:00:00.000Z', timezone: 'America/Bogota' });
    assert.deepEqual([report.event, report.channel, report.recipient], ['daily_report', 'email', 'a@example.com, b@example.com']);
  });

  it('queues the summary of rules on Mondays, about the seven days before', async () => {
    await lookAt(clockIn('UTC'), '2026-11-22T20:00:00Z', '2026-11-23T07:00:01Z', '2026-11-24T07:00:01Z');
    assert.deepEqual(outbox.keys(), ['daily_report:2026-11-23', 'daily_report:2026-11-24', 'rule_summary:2026-11-23']);
    const { content } = outbox.queued.get('rule_summary:2026-11-23') ?? assert.fail();
    assert.deepEqual(content, { start: '2026-11-16T00:00:00.000Z', end: '2026-11-23T00:00:00.000Z', timezone: 'UTC' });
  });

  it('reports days of 23 and 25 hours whole', async () => {
    await lookAt(clockIn('Europe/Berlin'), '2026-03-29T20:00:00Z', '2026-03-30T05:00:00Z', '2026-10-26T06:00:00Z');
    assert.deepEqual(outbox.queued.get('daily_report:2026-03-30')?.content, {
      start: '2026-03-28T23:00:00.000Z',
      end: '2026-03-29T22:00:00.000Z',
      timezone: 'Europe/Berlin',
    });
    assert.deepEqual(outbox.queued.get('daily_report:2026-10-26')?.content, {
      start: '2026-10-24T22:00:00.000Z',
      end: '2026-10-25T23:00:00.000Z',
      timezone: 'Europe/Berlin',
    });
  });

  it('makes up after a start for what was due within six hours, and not for more', async () => {
    await lookAt(clockIn('UTC'), '2026-11-21T12:59:00Z');
    assert.deepEqual(outbox.keys(), ['daily_report:2026-11-21']);
    await lookAt(clockIn('UTC'), '2026-11-25T13:01:00Z');
    assert.deepEqual(outbox.keys(), ['daily_report:2026-11-21']);
  });

  it('tries again what could not be queued', async () => {
    const reports = clockIn('UTC');
    outbox.fails = new Error('away');
    await lookAt(reports, '2026-11-21T06:59:00Z', '2026-11-21T07:00:10Z');
    outbox.fails = undefined;
    nowMs = Date.parse('2026-11-21T07:00:30Z');
    await reports.look();
    assert.deepEqual(outbox.keys(), ['daily_report:2026-11-21']);
  });

  it('reports to nobody when nobody is to be told', async () => {
    await lookAt(clockIn('UTC', []), '2026-11-21T07:00:10Z');
    assert.deepEqual(outbox.keys(), []);
  });
});
