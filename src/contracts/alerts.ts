import { z } from 'zod';
import { SEVERITIES } from './rules.ts';

/** The life of an alert, in order: raised, seen by a person, over. */
export const ALERT_STATUSES = ['active', 'acknowledged', 'resolved'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

/** An alert as API, Socket.IO, MQTT and flows show it (DESIGN, section 11). */
export const alertSchema = z
  .object({
    id: z.uuid(),
    rule_id: z.uuid(),
    rule_version: z.int(),
    rule_name: z.string(),
    device_id: z.string(),
    key: z.string(),
    severity: z.enum(SEVERITIES),
    status: z.enum(ALERT_STATUSES),
    message: z.string(),
    value: z.union([z.number(), z.boolean(), z.string()]).nullable(),
    threshold: z.number().nullable(),
    unit: z.string().nullable(),
    occurrences: z.int(),
    raised_at: z.string(),
    known_at: z.string(),
    last_value: z.union([z.number(), z.boolean(), z.string()]).nullable(),
    last_at: z.string(),
    acknowledged_by: z.string().nullable(),
    acknowledged_at: z.string().nullable(),
    resolved_by: z.string().nullable(),
    resolved_at: z.string().nullable(),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof alertSchema>;

/** What a person adds when acknowledging or resolving. */
export const alertActionSchema = z.strictObject({ note: z.string().max(2_000).optional() }).meta({ id: 'AlertAction' });

/** Payloads to the outside carry their version. */
export interface AlertPayload extends Alert {
  version: 1;
}
