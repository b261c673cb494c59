import type { RuleRun } from './rule-run.ts';
import type { TransitionSender } from './sender.ts';

/** A rule at work; while its node is closed for a deploy, its sender is closed and its state waits. */
export interface RuleSlot {
  readonly run: RuleRun;
  readonly sender: TransitionSender;
  readonly openedAtMs: number;
}
