import type { RuleTransition } from '../../contracts/rules.ts';
import type { Queryable } from '../database.ts';

/** What an applied transition did, as it is kept for the node that sends it on. */
export interface AppliedTransition {
  transitionId: string;
  outcome: 'raised' | 'cleared' | 'corrected';
  alertId: string;
  /** The id of the alert node. */
  nodeId: string;
}

/** Keeps what an applied transition did, in the transaction that applies it. */
export async function keepForResending(tx: Queryable, applied: AppliedTransition): Promise<void> {
  await tx.query('update rule_transitions set outcome = $2, alert_id = $3, resend_by = $4 where transition_id = $1', [
    applied.transitionId,
    applied.outcome,
    applied.alertId,
    applied.nodeId,
  ]);
}

/** What a node is to send again, in the order in which it was decided. */
export async function transitionsToResend(
  db: Queryable,
  nodeId: string,
): Promise<{ outcome: AppliedTransition['outcome']; alertId: string; transition: RuleTransition }[]> {
  const { rows } = await db.query<{ outcome: AppliedTransition['outcome']; alertId: string; transition: RuleTransition }>(
    `select outcome, alert_id as "alertId", body as transition from rule_transitions where resend_by = $1 order by transition_no`,
    [nodeId],
  );
  return rows;
}

/** Nobody sends again what was applied longer than `ageSeconds` ago; answers whether something younger is left. */
export async function endResending(db: Queryable, ageSeconds: number): Promise<boolean> {
  const { rows } = await db.query<{ left: boolean }>(
    `with ended as (
       update rule_transitions set resend_by = null
        where resend_by is not null and consumed_at < now() - $1::float8 * interval '1 second' returning 1)
     select exists (select 1 from rule_transitions
                     where resend_by is not null and consumed_at >= now() - $1::float8 * interval '1 second') as left`,
    [ageSeconds],
  );
  return rows[0]?.left ?? false;
}
