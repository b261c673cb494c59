import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';

/** Of which tenant and time: alerts that became known from `startMs` on and before `endMs`, epoch milliseconds. */
interface Period {
  tenantId: string;
  startMs: number;
  endMs: number;
}

/** How many devices of a tenant are in which state; `error`: connected and not well; `unknown`: never seen. */
export interface DeviceCounts {
  total: number;
  online: number;
  offline: number;
  error: number;
  unknown: number;
}

/** Counts the devices of a tenant by their state. */
export async function countDevicesByStatus(db: Queryable, tenantId: string): Promise<DeviceCounts> {
  const { rows } = await db.query<DeviceCounts>(
    `select count(*)::int as total, count(*) filter (where status = 'online')::int as online,
            count(*) filter (where status = 'offline')::int as offline, count(*) filter (where status = 'error')::int as error,
            count(*) filter (where status = 'unknown')::int as unknown
       from devices where tenant_id = $1`,
    [tenantId],
  );
  return rows[0] ?? { total: 0, online: 0, offline: 0, error: 0, unknown: 0 };
}

/** Devices that are offline, the longest away first, `limit` at most. */
export async function longestOffline(
  db: Queryable,
  tenantId: string,
  limit: number,
): Promise<{ device_id: string; name: string; last_seen_at: string | null }[]> {
  const { rows } = await db.query<{ device_id: string; name: string; last_seen_at: string | null }>(
    `select device_id, name, ${isoMs('d.last_seen_at')} as last_seen_at from devices d
      where tenant_id = $1 and status = 'offline' order by d.last_seen_at nulls last, device_id limit $2`,
    [tenantId, limit],
  );
  return rows;
}

/** What a rule did in a period. */
export interface RuleFiguresRow {
  name: string;
  raised: number;
  critical: number;
  devices: number;
  open: number;
  mean_resolve_seconds: number | null;
}

/** Every rule of a tenant that is enabled, raised an alert in the period or has an open one; the most alerts first. `open` is now. */
export async function ruleFigures(db: Queryable, { tenantId, startMs, endMs }: Period): Promise<RuleFiguresRow[]> {
  const { rows } = await db.query<RuleFiguresRow>(
    `with figures as (
       select rule_id, (array_agg(rule_name order by known_at desc))[1] as rule_name,
              count(*) filter (where known_at >= $2 and known_at < $3)::int as raised,
              count(*) filter (where known_at >= $2 and known_at < $3 and severity = 'critical')::int as critical,
              count(distinct device_id) filter (where known_at >= $2 and known_at < $3)::int as devices,
              count(*) filter (where status <> 'resolved')::int as open,
              round(avg(greatest(0, extract(epoch from resolved_at - raised_at))) filter (where resolved_at is not null and known_at >= $2 and known_at < $3)::numeric, 3)::float8
                as mean_resolve_seconds
         from alerts where tenant_id = $1 and (status <> 'resolved' or (known_at >= $2 and known_at < $3)) group by rule_id
     )
     select coalesce(r.name, f.rule_name) as name, coalesce(f.raised, 0) as raised, coalesce(f.critical, 0) as critical,
            coalesce(f.devices, 0) as devices, coalesce(f.open, 0) as open, f.mean_resolve_seconds
       from figures f full join (
            select rule_id, v.definition ->> 'name' as name from rules r join rule_versions v using (rule_id, version)
             where r.tenant_id = $1 and r.enabled and r.removed_at is null
          ) r using (rule_id)
      order by 2 desc, 1`,
    [tenantId, new Date(startMs), new Date(endMs)],
  );
  return rows;
}
