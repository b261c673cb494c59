import type { AlertContent, NewNotification } from '../../../src/notify/types.ts';
import type { FlowPlatform } from './flow-platform.ts';
import { node } from './runtime.ts';

/** A rule with its alert node, and the given node behind outputs 1 and 2; what that passes on is at `passed`. */
export function actionFlow(type: string, fields: object = {}): object[] {
  const rule = { key: 'temperature', operator: '>', value: 80, clearValue: 75, severity: 'critical', message: '{{value}} is too hot' };
  return [
    node('mqtt', 'iiot-mqtt-broker', [['in']]),
    node('in', 'iiot-ingest', [['rule'], []], { trustTopicDevice: false }),
    node('rule', 'iiot-threshold-rule', [['alert'], ['alert']], rule),
    node('alert', 'iiot-alert', [['act'], ['act'], []]),
    node('act', type, [['passed']], fields),
    node('passed', 'helper', []),
  ];
}

/** What was queued, in order. */
export async function queuedOf(platform: FlowPlatform): Promise<(NewNotification & { id: string; content: AlertContent })[]> {
  const rows = await platform.query(
    `select notification_id as id, tenant_id as "tenantId", dedup_key as "dedupKey", event, channel, recipient, alert_id as "alertId",
            device_id as "deviceId", rule_id as "ruleId", content from notifications order by created_at, dedup_key`,
  );
  return rows as unknown as (NewNotification & { id: string; content: AlertContent })[];
}

/** Forgets what other tests have queued. */
export async function forgetQueued(platform: FlowPlatform): Promise<void> {
  await platform.query('delete from notifications');
}
