import { z } from 'zod';
import { CHANNELS } from './actions.ts';

/** What became of a notification. */
export const NOTIFICATION_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number];

/** What a notification tells of. */
export const NOTIFICATION_EVENTS = [
  'raised',
  'resolved',
  'device_offline',
  'device_online',
  'daily_report',
  'rule_summary',
  'test',
] as const;
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];

/** What became of one attempt; `retry`: it failed and another one follows. */
export const ATTEMPT_OUTCOMES = ['delivered', 'retry', 'failed'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** One attempt to deliver a notification. */
export const notificationAttemptSchema = z
  .object({
    attempt: z.int().meta({ description: 'From 1 on' }),
    at: z.string(),
    duration_ms: z.int(),
    outcome: z.enum(ATTEMPT_OUTCOMES),
    reason: z.string().meta({ description: 'What SMTP or HTTP answered, shortened; or why there was no answer' }),
  })
  .meta({ id: 'NotificationAttempt' });
export type NotificationAttempt = z.infer<typeof notificationAttemptSchema>;

/** One line of the ledger: who was told what, when, with what result. */
export const notificationSchema = z
  .object({
    id: z.uuid(),
    event: z.enum(NOTIFICATION_EVENTS),
    channel: z.enum(CHANNELS),
    recipient: z.string(),
    alert_id: z.uuid().nullable(),
    device_id: z.string().nullable(),
    rule_id: z.uuid().nullable(),
    status: z.enum(NOTIFICATION_STATUSES),
    attempts: z.int(),
    created_at: z.string(),
    next_attempt_at: z.string().nullable(),
    finished_at: z.string().nullable(),
    reason: z.string().nullable().meta({ description: 'Of the last attempt' }),
    request_id: z
      .string()
      .nullable()
      .optional()
      .meta({ description: 'Of the message that it tells of, by which its way stands in the log; null when no message led to it' }),
  })
  .meta({ id: 'Notification' });
export type Notification = z.infer<typeof notificationSchema>;

/** GET /notifications/{id}. */
export const notificationDetailSchema = notificationSchema
  .extend({ log: z.array(notificationAttemptSchema) })
  .meta({ id: 'NotificationDetail' });
