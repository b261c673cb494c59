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
    request_id: z.string().nullable().optional().meta({
      description: 'Of the message that raised it, by which its way stands in the log; null when a timer or the platform itself did',
    }),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof alertSchema>;

/** The version that alerts of the platform's own rules name: those have none, and are not in the list of rules. */
export const BUILT_IN_VERSION = 0;

/** What a person adds when acknowledging or resolving. */
export const alertActionSchema = z.strictObject({ note: z.string().max(2_000).optional() }).meta({ id: 'AlertAction' });

/** A note of a person. */
export const alertNoteSchema = z
  .strictObject({ note: z.string().min(1).max(2_000).regex(/\S/, 'A note has at least one character that is not a space.') })
  .meta({ id: 'AlertNote' });

/** How many notes an alert may have. */
export const ALERT_NOTES = 500;

/** One step in the life of an alert. */
export const alertHistorySchema = z
  .object({
    at: z.string(),
    change: z.string(),
    actor: z.string(),
    note: z.string().nullable(),
    occurrences: z.int().min(0).optional().meta({ description: 'Of `repeated`: for how many repeats the line stands; `at` is the last' }),
  })
  .meta({ id: 'AlertHistory' });

/** Payloads to the outside carry their version. */
export interface AlertPayload extends Alert {
  version: 1;
}
