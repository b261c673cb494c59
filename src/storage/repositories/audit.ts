import type { Queryable } from '../database.ts';

/** One line of the audit log. */
export interface AuditRow {
  tenantId: string;
  atMs: number;
  actor: string;
  action: string;
  target: string | null;
  outcome: 'ok' | 'refused' | 'failed';
  address: string | null;
  details: string;
}

/** Adds a line; the log is append-only. */
export async function insertAudit(db: Queryable, row: AuditRow): Promise<void> {
  await db.query(
    `insert into audit_log (tenant_id, at, actor, action, target, outcome, address, details) values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)`,
    [row.tenantId, new Date(row.atMs), row.actor, row.action, row.target, row.outcome, row.address, row.details],
  );
}
