import type { Alert, AlertStatus } from '../../contracts/alerts.ts';
import type { Severity } from '../../contracts/rules.ts';
import type { Queryable } from '../database.ts';
import { epochUs, fromEpochUs, isoMs } from './columns.ts';
import { conditionsOf } from './conditions.ts';

/** What happened to an alert. */
export interface AlertHistoryEntry {
  at: string;
  change: 'raised' | 'repeated' | 'severity' | 'cleared' | 'corrected' | 'acknowledged' | 'resolved' | 'note';
  actor: string;
  note: string | null;
  body: unknown;
  /** Of a line of repeats that was read: how many it stands for. */
  occurrences?: number | null;
}

const COLUMNS = `alert_id as id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, value, threshold, unit, occurrences,
  ${isoMs('raised_at')} as raised_at, ${isoMs('known_at')} as known_at, last_value, ${isoMs('last_at')} as last_at, acknowledged_by,
  ${isoMs('acknowledged_at')} as acknowledged_at, resolved_by, ${isoMs('resolved_at')} as resolved_at, request_id`;

/** The open alert of a rule and device, locked until the transaction ends. */
export async function lockOpenAlert(tx: Queryable, ruleId: string, deviceId: string): Promise<Alert | undefined> {
  const { rows } = await tx.query<Alert>(
    `select ${COLUMNS} from alerts where rule_id = $1 and device_id = $2 and status <> 'resolved' for update`,
    [ruleId, deviceId],
  );
  return rows[0];
}

/** The newest alert of a rule and device that was raised at an instant (ISO 8601), locked until the transaction ends. */
export async function lockAlertRaisedAt(
  tx: Queryable,
  of: { tenantId: string; ruleId: string; deviceId: string; raisedAt: string },
): Promise<Alert | undefined> {
  const { rows } = await tx.query<Alert>(
    `select ${COLUMNS} from alerts where tenant_id = $1 and rule_id = $2 and device_id = $3 and raised_at = $4
      order by known_at desc limit 1 for update`,
    [of.tenantId, of.ruleId, of.deviceId, of.raisedAt],
  );
  return rows[0];
}

/** One alert of a tenant, locked until the transaction ends. */
export async function lockAlert(tx: Queryable, tenantId: string, alertId: string): Promise<Alert | undefined> {
  const { rows } = await tx.query<Alert>(`select ${COLUMNS} from alerts where tenant_id = $1 and alert_id = $2 for update`, [
    tenantId,
    alertId,
  ]);
  return rows[0];
}

/** One alert of a tenant. */
export async function findAlert(db: Queryable, tenantId: string, alertId: string): Promise<Alert | undefined> {
  const { rows } = await db.query<Alert>(`select ${COLUMNS} from alerts where tenant_id = $1 and alert_id = $2`, [tenantId, alertId]);
  return rows[0];
}

/** Some alerts, of any tenant. */
export async function findAlerts(db: Queryable, alertIds: readonly string[]): Promise<Alert[]> {
  const { rows } = await db.query<Alert>(`select ${COLUMNS} from alerts where alert_id = any($1)`, [alertIds]);
  return rows;
}

/** Adds an alert; one that is over already is to be updated afterwards. Fails with SQLSTATE 23505 when the rule has an open one for the device already. */
export async function insertAlert(tx: Queryable, tenantId: string, alert: Alert): Promise<void> {
  await tx.query(
    `/* row $1 */ insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, value, threshold,
       unit, occurrences, raised_at, known_at, last_value, last_at, request_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $13, $14, $15, $16, $17::jsonb, $18, $19)`,
    [
      alert.id,
      tenantId,
      alert.rule_id,
      alert.rule_version,
      alert.rule_name,
      alert.device_id,
      alert.key,
      alert.severity,
      alert.status,
      alert.message,
      JSON.stringify(alert.value),
      alert.threshold,
      alert.unit,
      alert.occurrences,
      alert.raised_at,
      alert.known_at,
      JSON.stringify(alert.last_value),
      alert.last_at,
      alert.request_id ?? null,
    ],
  );
}

/** Writes what changes in the life of an alert: status, severity, count, last reading, who and when. */
export async function updateAlert(tx: Queryable, tenantId: string, alert: Alert): Promise<void> {
  await tx.query(
    `/* row $2 */ update alerts set status = $3, occurrences = $4, last_value = $5::jsonb, last_at = $6, acknowledged_by = $7, acknowledged_at = $8,
            resolved_by = $9, resolved_at = $10, raised_at = $11, severity = $12
      where tenant_id = $1 and alert_id = $2`,
    [
      tenantId,
      alert.id,
      alert.status,
      alert.occurrences,
      JSON.stringify(alert.last_value),
      alert.last_at,
      alert.acknowledged_by,
      alert.acknowledged_at,
      alert.resolved_by,
      alert.resolved_at,
      alert.raised_at,
      alert.severity,
    ],
  );
}

/** Open alerts of a rule, or of a device, locked until the transaction ends. */
export async function lockOpenAlerts(
  tx: Queryable,
  of: { tenantId: string; ruleId?: string | undefined; deviceId?: string | undefined },
): Promise<Alert[]> {
  const { rows } = await tx.query<Alert>(
    `select ${COLUMNS} from alerts
      where tenant_id = $1 and status <> 'resolved' and ($2::uuid is null or rule_id = $2) and ($3::text is null or device_id = $3)
      order by alert_id for update`,
    [of.tenantId, of.ruleId ?? null, of.deviceId ?? null],
  );
  return rows;
}

/** Devices that do not exist any more and have open alerts; gateways are no devices (built-in rules have version 0). */
export async function missingDevicesWithAlerts(db: Queryable): Promise<{ tenantId: string; deviceId: string }[]> {
  const { rows } = await db.query<{ tenantId: string; deviceId: string }>(
    `select distinct tenant_id as "tenantId", device_id as "deviceId" from alerts a
      where status <> 'resolved' and not (rule_version = 0 and starts_with(device_id, 'gateway:')) and not exists (select 1 from devices d where d.device_id = a.device_id)`,
  );
  return rows;
}

/** Appends to the history of an alert. */
export async function insertHistory(tx: Queryable, alert: { tenantId: string; alertId: string }, entry: AlertHistoryEntry): Promise<void> {
  await tx.query(
    `/* row $2 */ insert into alert_history (tenant_id, alert_id, at, change, actor, note, body) values ($1, $2, $3, $4, $5, $6, $7::jsonb)`,
    [alert.tenantId, alert.alertId, entry.at, entry.change, entry.actor, entry.note, JSON.stringify(entry.body ?? null)],
  );
}

/** Adds to the last entry when it tells of repeats too, so that a long alert has one line of them and not thousands; false when it does not. */
export async function extendRepeats(
  tx: Queryable,
  alertId: string,
  repeat: { at: string; occurrences: number; body: object },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `/* row $1 */ update alert_history
        set at = $2, body = $4::jsonb || jsonb_build_object('occurrences', coalesce((body ->> 'occurrences')::int, 0) + $3::int)
      where history_id = (select max(history_id) from alert_history where alert_id = $1) and change = 'repeated'`,
    [alertId, repeat.at, repeat.occurrences, JSON.stringify(repeat.body)],
  );
  return rowCount === 1;
}

/** The history of an alert, oldest first. */
export async function listHistory(db: Queryable, tenantId: string, alertId: string): Promise<AlertHistoryEntry[]> {
  const { rows } = await db.query<AlertHistoryEntry>(
    `select ${isoMs('at')} as at, change, actor, note, body,
            case change when 'repeated' then (body ->> 'occurrences')::int end as occurrences
       from alert_history where tenant_id = $1 and alert_id = $2 order by history_id`,
    [tenantId, alertId],
  );
  return rows;
}

/** How many notes an alert has. */
export async function countNotes(db: Queryable, tenantId: string, alertId: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from alert_history where tenant_id = $1 and alert_id = $2 and change = 'note'`,
    [tenantId, alertId],
  );
  return rows[0]?.n ?? 0;
}

/** Which alerts to list: newest known first, after the cursor. Absent filters take all. */
export interface AlertQuery {
  tenantId: string;
  statuses?: readonly AlertStatus[] | undefined;
  severity?: Severity | undefined;
  deviceId?: string | undefined;
  ruleId?: string | undefined;
  /** Found in message, name of the rule, device or key. */
  search?: string | undefined;
  /** Known at or after, epoch milliseconds. */
  startMs?: number | undefined;
  /** Known before, epoch milliseconds. */
  endMs?: number | undefined;
  after?: { knownAtUs: string; alertId: string } | undefined;
  limit: number;
}

/** Alerts by `known_at` and id, newest first, each with the exact place it has in that order. */
export async function listAlerts(db: Queryable, query: AlertQuery): Promise<{ alert: Alert; knownAtUs: string }[]> {
  const pattern = query.search === undefined ? undefined : `%${query.search.replace(/[\\%_]/g, '\\$&')}%`;
  const { sql, values, shape } = conditionsOf(
    ['tenant_id = ?', query.tenantId],
    ['status = any(?::text[])', query.statuses],
    // Tells the planner that the index of open alerts has them all.
    [`status <> 'resolved'`, ...(query.statuses?.includes('resolved') === false ? [] : [undefined])],
    ['severity = ?', query.severity],
    ['device_id = ?', query.deviceId],
    ['rule_id = ?', query.ruleId],
    ['search_text like lower(?)', pattern],
    ['known_at >= to_timestamp(?::float8 / 1000.0)', query.startMs],
    ['known_at < to_timestamp(?::float8 / 1000.0)', query.endMs],
    [`(known_at, alert_id) < (${fromEpochUs('?')}, ?::uuid)`, query.after?.knownAtUs, query.after?.alertId],
  );
  const { rows } = await db.query<Alert & { known_us: string }>({
    name: `list_alerts_${shape}`,
    // Limited first: otherwise the texts of the times are made for every alert, to be thrown away but for a page of them.
    text: `select ${COLUMNS}, ${epochUs('known_at')} as known_us from (
             select * from alerts where ${sql} order by known_at desc, alert_id desc limit $${String(values.length + 1)}) page
            order by page.known_at desc, page.alert_id desc`,
    values: [...values, query.limit],
  });
  return rows.map(({ known_us: knownAtUs, ...alert }) => ({ alert, knownAtUs }));
}
