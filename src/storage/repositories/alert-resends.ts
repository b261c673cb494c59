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
  await tx.query(
    '/* writes only rule_transitions.outcome */ update rule_transitions set outcome = $2, alert_id = $3, resend_by = $4 where transition_id = $1',
    [applied.transitionId, applied.outcome, applied.alertId, applied.nodeId],
  );
}

/** Remembers the alert node behind which nodes hear of an alert. */
export async function rememberTeller(tx: Queryable, alertId: string, nodeId: string): Promise<void> {
  await tx.query('/* row $1 */ update alerts set told_by = $2 where alert_id = $1 and told_by is distinct from $2', [alertId, nodeId]);
}

/** The alert node behind which nodes heard of an alert; undefined when no such node applied it. */
export async function tellerOf(tx: Queryable, alertId: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ nodeId: string | null }>('select told_by as "nodeId" from alerts where alert_id = $1', [alertId]);
  return rows[0]?.nodeId ?? undefined;
}

/** Keeps that an alert ended otherwise than by a decision, in the transaction that ends it. `transition`: as what nodes are told of it. */
export async function keepEnding(
  tx: Queryable,
  { tenantId, alertId, nodeId, transition }: { tenantId: string; alertId: string; nodeId: string; transition: RuleTransition },
): Promise<void> {
  await tx.query('insert into alert_endings (tenant_id, alert_id, node_id, body) values ($1, $2, $3, $4::jsonb)', [
    tenantId,
    alertId,
    nodeId,
    JSON.stringify(transition),
  ]);
}

/** What a node is to send again: what was decided, in its order, and then what ended otherwise. */
export async function transitionsToResend(
  db: Queryable,
  nodeId: string,
): Promise<{ outcome: AppliedTransition['outcome']; alertId: string; transition: RuleTransition }[]> {
  const { rows } = await db.query<{ outcome: AppliedTransition['outcome']; alertId: string; transition: RuleTransition }>(
    `select outcome, alert_id as "alertId", body as transition from rule_transitions where resend_by = $1 order by transition_no`,
    [nodeId],
  );
  const endings = await db.query<{ outcome: 'cleared'; alertId: string; transition: RuleTransition }>(
    `select 'cleared' as outcome, alert_id as "alertId", body as transition from alert_endings where node_id = $1 order by ending_no`,
    [nodeId],
  );
  return [...rows, ...endings.rows];
}

/** Nobody sends again what was applied longer than `ageSeconds` ago; answers whether something younger is left. */
export async function endResending(db: Queryable, ageSeconds: number): Promise<boolean> {
  const { rows } = await db.query<{ left: boolean }>(
    `/* writes only rule_transitions.resend_by */ with ended as (
       update rule_transitions set resend_by = null
        where resend_by is not null and consumed_at < now() - $1::float8 * interval '1 second' returning 1
     ), over as (
       delete from alert_endings where at < now() - $1::float8 * interval '1 second' returning 1)
     select exists (select 1 from rule_transitions
                     where resend_by is not null and consumed_at >= now() - $1::float8 * interval '1 second')
         or exists (select 1 from alert_endings where at >= now() - $1::float8 * interval '1 second') as left`,
    [ageSeconds],
  );
  return rows[0]?.left ?? false;
}
