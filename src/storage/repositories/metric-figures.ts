import type { DeviceStatus } from '../../contracts/devices.ts';
import type { Severity } from '../../contracts/rules.ts';
import type { Queryable } from '../database.ts';

/** Devices of a tenant by status; one without any is left out. */
export async function deviceCounts(db: Queryable, tenantId: string): Promise<Map<DeviceStatus, number>> {
  const { rows } = await db.query<{ status: DeviceStatus; n: number }>(
    `select status, count(*)::int as n from devices where tenant_id = $1 group by status`,
    [tenantId],
  );
  return new Map(rows.map(({ status, n }) => [status, n]));
}

/** Alerts of a tenant that are not resolved, by severity; one without any is left out. Reads the index of open alerts alone. */
export async function openAlertCounts(db: Queryable, tenantId: string): Promise<Map<Severity, number>> {
  const { rows } = await db.query<{ severity: Severity; n: number }>(
    `select severity, count(*)::int as n from alerts where tenant_id = $1 and status <> 'resolved' group by severity`,
    [tenantId],
  );
  return new Map(rows.map(({ severity, n }) => [severity, n]));
}
