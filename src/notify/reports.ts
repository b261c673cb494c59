import type { Cron } from 'croner';
import { cronOf, nextDueMs } from '../contracts/cron.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { NewNotification, Outbox } from './types.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How often it is looked whether a report is due. */
const LOOK_MS = 20_000;
/** A report that was due while the platform was stopped is made up for this long. */
const LATE_MS = 6 * HOUR_MS;

/** What the clock of reports needs. */
export interface ReportClockOptions {
  outbox: Pick<Outbox, 'queue'>;
  clock: Clock;
  /** IANA zone in which it is 07:00, and whose days are reported. */
  timezone: string;
  /** `MAIL_REPORT_TO`; nobody: no reports. */
  recipients: readonly string[];
  tenantId: string;
  logger: Logger;
}

interface DueReport {
  event: 'daily_report' | 'rule_summary';
  cron: Cron;
  /** Days that it is about, up to the one on which it is sent. */
  days: number;
}

/**
 * Queues the daily report at 07:00 and the summary of rules on Mondays at 07:00, by the platform's zone. Each once, whoever starts the
 * platform however often: the key names the day. The period ends with the midnight before; its figures are read when the e-mail is made.
 */
export class ReportClock {
  private readonly options: ReportClockOptions;
  private readonly reports: readonly DueReport[];
  private readonly midnight: Cron;
  /** Up to when has been looked. */
  private lookedMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(options: ReportClockOptions) {
    this.options = options;
    const { timezone } = options;
    this.midnight = cronOf({ schedule: '0 0 * * *', timezone });
    this.reports = [
      { event: 'daily_report', cron: cronOf({ schedule: '0 7 * * *', timezone }), days: 1 },
      { event: 'rule_summary', cron: cronOf({ schedule: '0 7 * * mon', timezone }), days: 7 },
    ];
  }

  /** Begins to look; nothing to do without recipients. */
  start(): void {
    if (this.options.recipients.length === 0 || this.timer !== undefined) return;
    this.lookedMs = this.options.clock.nowMs() - LATE_MS;
    const look = () => {
      this.looking = this.looking.then(() => this.look());
    };
    this.timer = setInterval(look, LOOK_MS);
    this.timer.unref();
    look();
  }

  /** Ends; what is being queued is waited for. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.looking;
  }

  /** Queues what became due since the last look. What could not be queued is due at the next look again. */
  async look(): Promise<void> {
    const nowMs = this.options.clock.nowMs();
    const due = this.reports.flatMap((report) => this.dueOf(report, nowMs));
    try {
      if (due.length > 0) await this.options.outbox.queue(due);
      this.lookedMs = Math.max(this.lookedMs, nowMs);
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') return; // The platform stops; the next start makes up for it.
      this.options.logger.error({ part: 'reports' }, `A report could not be queued and is tried again: ${messageOf(error)}`);
    }
  }

  /** The newest time at which a report was due and that has not been looked at. */
  private dueOf({ event, cron, days }: DueReport, nowMs: number): NewNotification[] {
    let dueMs: number | undefined;
    for (let next = nextDueMs(cron, Math.max(this.lookedMs, nowMs - LATE_MS)); next !== null && next <= nowMs;) {
      dueMs = next;
      next = nextDueMs(cron, next);
    }
    if (dueMs === undefined) return [];
    const { timezone, tenantId, recipients } = this.options;
    const endMs = this.midnightBefore(dueMs, 0);
    const content = { start: new Date(this.midnightBefore(dueMs, days)).toISOString(), end: new Date(endMs).toISOString(), timezone };
    const date = new Intl.DateTimeFormat('en-CA', { timeZone: timezone }).format(new Date(dueMs));
    return [
      {
        ...{ tenantId, event, channel: 'email', recipient: recipients.join(', '), content },
        ...{ dedupKey: `${event}:${date}`, alertId: null, deviceId: null, ruleId: null },
      },
    ];
  }

  /** The midnight with which the day of an instant begins, or the one some days before it; days of 23 and 25 hours included. */
  private midnightBefore(ms: number, days: number): number {
    const midnights: number[] = [];
    for (
      let next = nextDueMs(this.midnight, ms - (days + 2) * DAY_MS);
      next !== null && next <= ms;
      next = nextDueMs(this.midnight, next)
    ) {
      midnights.push(next);
    }
    return midnights.at(-1 - days) ?? ms - days * DAY_MS;
  }
}
