import { z } from 'zod';
import { webhookActionSchema } from '../../../contracts/actions.ts';
import { orderOf } from '../../event-order.ts';
import type { Delivery } from '../../types.ts';

/** What a webhook reads of a notification's content; what the alert has beyond that is passed on as it is. */
const contentSchema = z.object({
  action: webhookActionSchema,
  alert: z.looseObject({ device_id: z.string(), rule_id: z.string(), rule_name: z.string(), rule_version: z.int() }),
  device: z.object({ name: z.string(), type: z.string().nullable(), location: z.string().nullable() }),
});
export type WebhookContent = z.infer<typeof contentSchema>;

/** The content of a notification for a webhook, or undefined when it is none (of another version of the program, say). */
export function webhookContentOf(content: unknown): WebhookContent | undefined {
  return contentSchema.safeParse(content).data;
}

/**
 * The body of a webhook: JSON `{version: 1, event, delivery, timestamp, event_at, sequence, alert, device, rule}`, the same at every try. `timestamp` is when the
 * notification was queued; the time of a try stands in the headers.
 */
export function webhookBody(delivery: Pick<Delivery, 'id' | 'event' | 'createdAtMs'>, { alert, device }: WebhookContent): string {
  const timestamp = new Date(delivery.createdAtMs).toISOString();
  return JSON.stringify({
    version: 1,
    event: delivery.event,
    delivery: delivery.id,
    timestamp,
    ...orderOf(alert, timestamp),
    alert,
    device: { id: alert.device_id, ...device },
    rule: { id: alert.rule_id, name: alert.rule_name, version: alert.rule_version },
  });
}
