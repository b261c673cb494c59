import type { RuleSet } from './rule-set.ts';
import type { TransitionSender } from './sender.ts';

/** Rules at work for one node; while it is closed for a deploy, its sender is closed and their state waits. */
export interface RuleSlot {
  readonly set: RuleSet;
  readonly sender: TransitionSender;
  readonly openedAtMs: number;
}
