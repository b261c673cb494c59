import type { Alert } from '../contracts/alerts.ts';
import type { RuleTransition } from '../contracts/rules.ts';

/** What applying a transition did: nothing when it had been applied before. */
export type AlertChange = { kind: 'raised' | 'repeated' | 'cleared'; alert: Alert } | { kind: 'none'; alert: Alert | undefined };

/** What the alert node sees of the alert service. */
export interface AlertTransitions {
  /** Opens, repeats or clears the alert of a transition in one transaction with its history; idempotent by transition id. */
  apply(transition: RuleTransition): Promise<AlertChange>;
}
