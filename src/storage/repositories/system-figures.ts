import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';

/** What the database knows of how the platform is doing for one tenant. */
export interface SystemFigures {
  /** Rules that judge, of flows and stored ones. */
  rulesActive: number;
  /** Notifications still to be delivered. */
  waiting: number;
  /** Notifications that failed since the instant asked for and were not tried again, and when the last one did. */
  failed: number;
  lastFailedAt: string | null;
  /** The last e-mail that could not be delivered since then, unless a later one was. */
  emailError: { at: string; reason: string } | null;
}

interface FiguresRow {
  rules: number;
  waiting: number;
  failed: number;
  last_failed_at: string | null;
  email_at: string | null;
  email_reason: string | null;
}

/** Figures of one tenant; what failed counts from `sinceMs` on (epoch milliseconds). One statement over small indexes. */
export async function systemFigures(db: Queryable, tenantId: string, sinceMs: number): Promise<SystemFigures> {
  const { rows } = await db.query<FiguresRow>(
    `with error as (
       select at, reason from (
         (select finished_at as at, reason from notifications
           where tenant_id = $1 and status = 'failed' and channel = 'email' and finished_at >= $2 order by finished_at desc limit 1)
         union all
         (select (select max(a.at) from notification_attempts a where a.notification_id = n.notification_id) as at, reason from notifications n
           where tenant_id = $1 and status = 'pending' and channel = 'email' and attempts > 0 order by created_at desc limit 1)
       ) either where at is not null order by at desc limit 1
     ), unmended as (
       select * from error where not exists (
         select from notifications
          where tenant_id = $1 and status = 'delivered' and channel = 'email' and finished_at >= $2 and finished_at > error.at)
     )
     select (select count(*)::int from rules where tenant_id = $1 and enabled and removed_at is null) as rules,
            (select count(*)::int from notifications where tenant_id = $1 and status = 'pending') as waiting,
            (select count(*)::int from notifications where tenant_id = $1 and status = 'failed' and finished_at >= $2) as failed,
            (select ${isoMs('max(finished_at)')} from notifications
              where tenant_id = $1 and status = 'failed' and finished_at >= $2) as last_failed_at,
            (select ${isoMs('at')} from unmended) as email_at, (select reason from unmended) as email_reason`,
    [tenantId, new Date(sinceMs)],
  );
  const [row] = rows;
  return {
    rulesActive: row?.rules ?? 0,
    waiting: row?.waiting ?? 0,
    failed: row?.failed ?? 0,
    lastFailedAt: row?.last_failed_at ?? null,
    emailError: row?.email_at == null ? null : { at: row.email_at, reason: row.email_reason ?? '' },
  };
}
