import { z } from 'zod';
import { ACTION_EVENTS, actionSchema } from '../contracts/actions.ts';
import type { Action, ActionEvent } from '../contracts/actions.ts';
import { alertSchema } from '../contracts/alerts.ts';
import type { AlertPayload } from '../contracts/alerts.ts';
import type { ActionTextContext } from './action-text.ts';
import { orderOf } from './event-order.ts';
import type { EventOrder } from './event-order.ts';
import type { AlertContent, Delivery } from './types.ts';

const textOrNull = z.string().nullable();
/** Loose towards what a later version may have added; the alert is passed on as it is. */
const contentSchema = z.object({
  action: actionSchema,
  alert: alertSchema.loose(),
  device: z.object({ name: z.string(), type: textOrNull, location: textOrNull }),
});
const eventSchema = z.enum(ACTION_EVENTS);

/** An action with the alert that it tells of, as a channel reads it from a delivery. */
export interface ReadAction<Type extends Action['type']> extends ActionTextContext {
  action: Extract<Action, { type: Type }>;
}

/** Where an alert is shown to people. */
export type LinkTo = (alertId: string) => string;

/** Reads the action of `type` from a delivery; undefined when it holds something else, which no further attempt would change. */
export function readAction<Type extends Action['type']>(delivery: Delivery, type: Type, linkTo: LinkTo): ReadAction<Type> | undefined {
  const content = contentSchema.safeParse(delivery.content);
  const event = eventSchema.safeParse(delivery.event);
  if (!content.success || !event.success || !isOf(content.data.action, type)) return undefined;
  const { action, alert, device } = content.data;
  return { action, alert, device, event: event.data, link: linkTo(alert.id) };
}

/** The alert as it goes to the outside, with its version. */
export function payloadOf({ alert }: Pick<AlertContent, 'alert'>): AlertPayload {
  return { version: 1, ...alert };
}

/** An alert with all that belongs to it, as scripts and workflows get it: the body of a webhook, and where the alert is shown. */
export interface ActionMessage extends EventOrder {
  version: 1;
  event: ActionEvent;
  /** The id of the notification: the same at each attempt, so that a repeat is known. */
  delivery: string;
  /** When it was queued. */
  timestamp: string;
  alert: AlertPayload;
  device: { id: string; name: string; type: string | null; location: string | null };
  rule: { id: string; name: string; version: number };
  link: string;
}

/** What scripts and workflows are given; the same at each attempt. */
export function messageFor({ id, createdAtMs }: Delivery, context: ActionTextContext): ActionMessage {
  const { event, alert, device, link } = context;
  const timestamp = new Date(createdAtMs).toISOString();
  return {
    ...{ version: 1, event, delivery: id, timestamp },
    ...orderOf(alert, timestamp),
    alert: payloadOf(context),
    device: { id: alert.device_id, ...device },
    rule: { id: alert.rule_id, name: alert.rule_name, version: alert.rule_version },
    link,
  };
}

/** Why a delivery that `readAction` did not take cannot be sent. */
export const UNREADABLE = {
  delivered: false,
  retryable: false,
  reason: 'What is to be sent is not an action of this kind with its alert; it was queued by another version, or damaged.',
} as const;

/** The longest reason of an outcome, characters. */
const REASON_CHARACTERS = 500;

/** One line of at most 500 characters, as the ledger takes it. */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length > REASON_CHARACTERS ? `${line.slice(0, REASON_CHARACTERS - 3)}...` : line;
}

function isOf<Type extends Action['type']>(action: Action, type: Type): action is Extract<Action, { type: Type }> {
  return action.type === type;
}
