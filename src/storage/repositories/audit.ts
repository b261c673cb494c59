import type { Queryable } from '../database.ts';
import { epochUs, fromEpochUs, isoMs } from './columns.ts';

/** How something ended that stands in the audit log. */
export type AuditOutcome = 'ok' | 'refused' | 'failed';

/** One line of the audit log. */
export interface AuditRow {
  tenantId: string;
  atMs: number;
  actor: string;
  action: string;
  target: string | null;
  outcome: AuditOutcome;
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

/** Which lines, newest first, after the cursor. Absent filters take all. */
export interface AuditQuery {
  tenantId: string;
  actor: string | undefined;
  /** A whole action, or with a dot at its end every action that begins so. */
  action: string | undefined;
  outcome: AuditOutcome | undefined;
  target: string | undefined;
  address: string | undefined;
  /** From this instant on; whole epoch microseconds as text. */
  startUs: string | undefined;
  /** Before this instant. */
  endUs: string | undefined;
  after: { atUs: string; auditId: string } | undefined;
  limit: number;
}

/** A line as it is read; `at_us` and `id` are its place in the order. */
export interface AuditLine {
  id: string;
  at: string;
  at_us: string;
  actor: string;
  action: string;
  target: string | null;
  outcome: AuditOutcome;
  address: string | null;
  details: Record<string, unknown>;
}

/** Lines of the audit log of one tenant. */
export async function listAudit(db: Queryable, query: AuditQuery): Promise<AuditLine[]> {
  const { after } = query;
  const prefix = query.action?.endsWith('.') === true ? query.action : undefined;
  const { rows } = await db.query<AuditLine>(
    `select audit_id::text as id, ${isoMs('at')} as at, ${epochUs('at')} as at_us, actor, action, target, outcome, address, details
       from audit_log
      where tenant_id = $1
        and ($2::text is null or actor = $2)
        and ($3::text is null or action = $3)
        and ($4::text is null or (split_part(action, '.', 1) = split_part($4, '.', 1) and starts_with(action, $4)))
        and ($5::text is null or outcome = $5)
        and ($6::text is null or target = $6)
        and ($7::text is null or address = $7)
        and ($8::int8 is null or at >= ${fromEpochUs('$8')})
        and ($9::int8 is null or at < ${fromEpochUs('$9')})
        and ($10::int8 is null or (at, audit_id) < (${fromEpochUs('$10')}, $11::int8))
      order by at desc, audit_id desc limit $12`,
    [
      query.tenantId,
      query.actor ?? null,
      prefix === undefined ? (query.action ?? null) : null,
      prefix ?? null,
      query.outcome ?? null,
      query.target ?? null,
      query.address ?? null,
      query.startUs ?? null,
      query.endUs ?? null,
      after?.atUs ?? null,
      after?.auditId ?? null,
      query.limit,
    ],
  );
  return rows;
}
