import type { ActionEvent } from '../../src/contracts/actions.ts';
import type { Alert } from '../../src/contracts/alerts.ts';
import { asRequestId } from '../../src/contracts/request-id.ts';
import { AppError } from '../../src/core/errors.ts';
import type { FlowMessage } from './platform.ts';

/** What a message tells of an alert. */
export interface ToldAlert {
  alert: Alert;
  /** Undefined: something else happened to the alert (a person took notice, it was raised again), which actions do not tell. */
  event: ActionEvent | undefined;
  /** The same for a message that comes again: the first part of the key under which it is queued once. */
  key: string;
  /** Of the message that led to it: that of the decision, or else of the one that raised the alert. */
  requestId: string | undefined;
}

/** What an alert-in node says beside what actions tell. */
const OTHER_EVENTS: readonly unknown[] = ['updated', 'acknowledged'];

/**
 * Reads a message of an alert node, or of an alert-in node, which has no decision of a rule: that one is known by its message id.
 * @throws AppError INVALID_REQUEST when it tells of no alert
 */
export function toldAlertOf(message: FlowMessage): ToldAlert {
  const { alert, transition, event, _msgid: messageId } = message;
  if (alert === undefined || typeof alert !== 'object' || !('status' in alert) || !('id' in alert)) {
    throw new AppError(
      'INVALID_REQUEST',
      'The message has no alert in msg.alert, so there is nothing to tell; wire this node behind an alert node or an alert-in node.',
    );
  }
  if (transition === undefined) {
    const requestId = asRequestId(alert.request_id);
    return { alert, event: OTHER_EVENTS.includes(event) ? undefined : eventBy(alert), key: `message:${messageId ?? alert.id}`, requestId };
  }
  const isOver = transition.kind === 'cleared' || transition.kind === 'corrected';
  const requestId = asRequestId(transition.request_id) ?? asRequestId(alert.request_id);
  return { alert, event: isOver ? 'resolved' : 'raised', key: `transition:${transition.id}`, requestId };
}

/** A message that does not say what happened tells what the alert is; one that somebody acknowledged was told before. */
function eventBy({ status }: Alert): ActionEvent | undefined {
  switch (status) {
    case 'active':
      return 'raised';
    case 'acknowledged':
      return undefined;
    case 'resolved':
      return 'resolved';
  }
}
