import type { NodeStatus } from 'node-red';
import { cronOf, nextDueMs } from '../../src/contracts/cron.ts';
import type { Clock } from '../../src/core/clock.ts';
import { activeStatus, momentInWords } from '../shared/rule-status.ts';
import type { RuleSummary } from '../shared/rule-status.ts';

/** What stands under a schedule rule: how many devices are in alert, or when it looks next, by the clock on the wall of its time zone. */
export class DueStatus {
  private readonly cron: ReturnType<typeof cronOf>;
  private readonly timezone: string;
  private readonly deviceId: string;
  private readonly clock: Clock;
  /** When it is due next, epoch milliseconds; null when never again. Asked for anew only when that has passed. */
  private nextMs: number | null = 0;

  constructor(schedule: { schedule: string; timezone: string; deviceId: string }, clock: Clock) {
    this.cron = cronOf(schedule);
    this.timezone = schedule.timezone;
    this.deviceId = schedule.deviceId;
    this.clock = clock;
  }

  of(summary: RuleSummary): NodeStatus {
    const nowMs = this.clock.nowMs();
    if (summary.activeDevices > 0) return activeStatus(summary, { deviceId: this.deviceId, unit: '' }, nowMs);
    if (this.nextMs !== null && this.nextMs <= nowMs) this.nextMs = nextDueMs(this.cron, nowMs);
    const next = this.nextMs === null ? 'never due again' : `ok, next ${momentInWords(this.nextMs, nowMs, this.timezone)}`;
    return { fill: 'green', shape: 'dot', text: next };
  }
}
