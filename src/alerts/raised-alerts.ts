import { BUILT_IN_VERSION } from '../contracts/alerts.ts';
import type { Alert } from '../contracts/alerts.ts';
import type { Queryable } from '../storage/database.ts';
import { insertAlert, insertHistory, lockOpenAlert } from '../storage/repositories/alerts.ts';

/** What an alert says that the platform raises by itself, by one of its built-in rules; times are ISO 8601. */
export type RaisedContent = Pick<
  Alert,
  'rule_id' | 'rule_name' | 'device_id' | 'key' | 'severity' | 'message' | 'value' | 'threshold' | 'unit' | 'raised_at'
>;

/** Which open alert is meant. */
export interface RaisedOf {
  tenantId: string;
  ruleId: string;
  deviceId: string;
}

/** Something that happens with the alert or not at all; undefined: there was nothing to open or to end. */
export type TakesPart = (tx: Queryable, alert: Alert | undefined) => Promise<void>;

/** The alert as it begins. */
export function openedAlert(content: RaisedContent, id: string): Alert {
  return {
    id,
    ...content,
    rule_version: BUILT_IN_VERSION,
    status: 'active',
    occurrences: 1,
    known_at: content.raised_at,
    last_value: content.value,
    last_at: content.raised_at,
    acknowledged_by: null,
    acknowledged_at: null,
    resolved_by: null,
    resolved_at: null,
  };
}

/** Writes it with the first line of its history; undefined when there is an open one of its rule and device. */
export async function openAlert(tx: Queryable, tenantId: string, alert: Alert): Promise<Alert | undefined> {
  if ((await lockOpenAlert(tx, alert.rule_id, alert.device_id)) !== undefined) return undefined;
  await insertAlert(tx, tenantId, alert);
  await insertHistory(
    tx,
    { tenantId, alertId: alert.id },
    { at: alert.raised_at, change: 'raised', actor: 'platform', note: null, body: null },
  );
  return alert;
}
