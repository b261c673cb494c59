import type { Judge } from '../rules/judge.ts';
import type { StoredRuleState } from '../storage/repositories/rule-states.ts';
import type { RuleRun } from './rule-run.ts';

/** A rule at work on one device: its judge, and what the engine keeps beside it. */
export class DeviceRun {
  readonly run: RuleRun;
  readonly deviceId: string;
  readonly judge: Judge;
  /** Per ingest lane, the number of the last message judged. */
  judged: number[];
  /** The unit of the last reading judged. */
  unit: string | null = null;
  /** Something changed since it was last written. */
  dirty = false;
  /** Whether the rule is active for the device, as of the last step. */
  active: boolean;
  /** The instant for which a timer is set, epoch milliseconds. */
  armedMs: number | null = null;
  /** The request id of the message that set it; undefined when none of this run did. */
  armedBy: string | undefined;
  /** No longer the rule's concern: a timer that surfaces for it is passed over. */
  gone = false;
  /** The message that it judged last, as its rules count them. */
  turn = 0;

  constructor(run: RuleRun, deviceId: string, judge: Judge, judged: number[]) {
    this.run = run;
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
    // `push` would reserve room for sixteen more, for every device of every rule.
    if (this.judged.length <= lane) this.judged = this.judged.concat(new Array<number>(lane + 1 - this.judged.length).fill(-1));
    if ((this.judged[lane] ?? -1) < batch) this.judged[lane] = batch;
  }

  /** As it is written to `rule_states`. */
  stored(): StoredRuleState {
    const { run, deviceId, judge, judged, unit } = this;
    const { dueAtMs, late } = judge.view();
    const lateLastUs = late.lastUs === null ? null : String(late.lastUs);
    const { rule_id: ruleId, version } = run.rule;
    const { startedAtMs } = run;
    return {
      ruleId,
      deviceId,
      state: judge.state(),
      judged: [...judged],
      unit,
      dueAtMs,
      lateCount: late.count,
      lateLastUs,
      version,
      startedAtMs,
    };
  }
}
