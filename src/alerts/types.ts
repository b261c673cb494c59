import type { Alert } from '../contracts/alerts.ts';
import type { RuleTransition, Severity } from '../contracts/rules.ts';
import type { AlertHistoryEntry } from '../storage/repositories/alerts.ts';

/**
 * What applying a transition did: nothing when it had been applied before. `corrected`: late readings changed what is known of the past; `alert`
 * is the one that `ended` by it, otherwise the last one changed. `roseFrom`: the open alert is more severe than it was.
 */
export type AlertChange =
  | { kind: 'raised' | 'cleared'; alert: Alert }
  | { kind: 'repeated'; alert: Alert; roseFrom?: Severity }
  | { kind: 'corrected'; alert: Alert; ended: boolean }
  | { kind: 'none'; alert: Alert | undefined };

/** A transition that an alert node has applied, and what that did. */
export interface AppliedTransition {
  transition: RuleTransition;
  change: AlertChange;
}

/** An alert and what happened to it, oldest first. */
export interface ToldAlert {
  alert: Alert;
  history: readonly AlertHistoryEntry[];
}

/** What the alert node sees of the alert service. */
export interface AlertTransitions {
  /**
   * Opens, repeats or clears the alert of a transition in one transaction with its history; idempotent by transition id. `nodeId`: the alert node
   * that sends the change on; it can ask for it again.
   */
  apply(transition: RuleTransition, nodeId?: string): Promise<AlertChange>;
  /**
   * What this node was sending on in the last minute before it ended, or more: it may not have reached the nodes behind. In the order of the
   * decisions. Waits as long as the database is away.
   */
  toSendAgain(nodeId: string): Promise<AppliedTransition[]>;
}
