import type { Judge } from '../rules/judge.ts';
import type { StoredRuleState } from '../storage/repositories/rule-states.ts';

/** A rule at work on one device: its judge, and what the engine keeps beside it. */
export class DeviceRun {
  readonly deviceId: string;
  readonly judge: Judge;
  /** Per ingest lane, the number of the last message judged. */
  readonly judged: number[];
  /** The unit of the last reading judged. */
  unit: string | null = null;
  /** Something changed since it was last written. */
  dirty = false;
  /** Whether the rule is active for the device, as of the last step. */
  active: boolean;
  /** The instant for which a timer is set, epoch milliseconds. */
  armedMs: number | null = null;
  /** No longer the rule's concern: a timer that surfaces for it is passed over. */
  gone = false;

  constructor(deviceId: string, judge: Judge, judged: number[]) {
    this.deviceId = deviceId;
    this.judge = judge;
    this.judged = judged;
    this.active = judge.view().active;
  }

  /** Whether this message, or one that came after it, was judged: within a lane messages are numbered in order (docs/decisions/0003). */
  hasJudged(lane: number, batch: number): boolean {
    return (this.judged[lane] ?? -1) >= batch;
  }

  noteJudged(lane: number, batch: number): void {
    while (this.judged.length < lane) this.judged.push(-1);
    if ((this.judged[lane] ?? -1) < batch) this.judged[lane] = batch;
  }

  /** As it is written to `rule_states`. */
  stored(): StoredRuleState {
    const { deviceId, judge, judged, unit } = this;
    return { deviceId, state: judge.state(), judged: [...judged], unit, dueAtMs: judge.view().dueAtMs };
  }
}
