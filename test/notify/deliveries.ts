import { randomBytes } from 'node:crypto';
import type { Action } from '../../src/contracts/actions.ts';
import type { Alert } from '../../src/contracts/alerts.ts';
import { recipientOf } from '../../src/contracts/actions.ts';
import type { Delivery } from '../../src/notify/types.ts';
import { createHeaderSecrets } from '../../src/notify/webhooks/header-secrets.ts';
import { createSecretBox } from '../../src/notify/webhooks/secret-box.ts';

/** An alert as it was when it was queued. */
export const ALERT: Alert = {
  id: '0b3c1a52-6f0e-4d55-9d0e-6f1f0a3b2c11',
  rule_id: '7d2f4f0e-1f7a-4c37-8e53-0d7a53f3a0aa',
  rule_version: 3,
  rule_name: 'High temperature',
  device_id: 'pump-01',
  key: 'temperature',
  severity: 'critical',
  status: 'active',
  message: 'Pump 1: 81.5 °C is over 80',
  value: 81.5,
  threshold: 80,
  unit: '°C',
  occurrences: 1,
  raised_at: '2026-11-21T12:00:00.000000Z',
  known_at: '2026-11-21T12:00:00.100000Z',
  last_value: 81.5,
  last_at: '2026-11-21T12:00:00.000000Z',
  acknowledged_by: null,
  acknowledged_at: null,
  resolved_by: null,
  resolved_at: null,
};

/** The id of the notification of `deliveryOf`. */
export const DELIVERY_ID = '5a6f2f0c-8a57-4f0a-b7f5-1f6a3c1d9e77';

/** A delivery of an action, as the dispatcher hands it to a channel; `changes` replace what it says, also within the alert and the device. */
export function deliveryOf(
  action: Action,
  changes: { id?: string; attempt?: number; alert?: Partial<Alert>; device?: Partial<{ name: string; location: string | null }> } = {},
): Delivery {
  const alert = { ...ALERT, ...changes.alert };
  const id = changes.id ?? DELIVERY_ID;
  return {
    ...{ id, attempt: changes.attempt ?? 1, createdAtMs: Date.parse('2026-11-21T12:00:01Z'), tenantId: 'default' },
    dedupKey: `transition:${id}:node-1`,
    event: alert.status === 'resolved' ? 'resolved' : 'raised',
    channel: action.type,
    recipient: recipientOf(action),
    ...{ alertId: alert.id, deviceId: alert.device_id, ruleId: alert.rule_id },
    content: { action, alert, device: { name: 'Pump 1', type: 'pump', location: 'Hall A', ...changes.device } },
  };
}

/** Encrypts values of headers in these tests. */
export const SECRETS = createHeaderSecrets(createSecretBox(Buffer.alloc(32, 7), randomBytes));

/** Where alerts are shown in these tests. */
export const linkTo = (alertId: string): string => `http://plant.example/alerts/${alertId}`;

/** Of a platform that goes on. */
export const RUNNING = new AbortController().signal;
