import type { ActionEvent } from '../../src/contracts/actions.ts';
import type { Alert } from '../../src/contracts/alerts.ts';
import { AppError } from '../../src/core/errors.ts';
import type { FlowMessage } from './platform.ts';

/** What a message tells of an alert. */
export interface ToldAlert {
  alert: Alert;
  event: ActionEvent;
  /** The same for a message that comes again: the first part of the key under which it is queued once. */
  key: string;
}

/**
 * Reads a message of an alert node, or of an alert-in node, which has no decision of a rule: that one is known by its message id.
 * @throws AppError INVALID_REQUEST when it tells of no alert
 */
export function toldAlertOf(message: FlowMessage): ToldAlert {
  const { alert, transition, _msgid: messageId } = message;
  if (alert === undefined || typeof alert !== 'object' || !('status' in alert) || !('id' in alert)) {
    throw new AppError(
      'INVALID_REQUEST',
      'The message has no alert in msg.alert, so there is nothing to tell; wire this node behind an alert node or an alert-in node.',
    );
  }
  if (transition === undefined) {
    return { alert, event: alert.status === 'resolved' ? 'resolved' : 'raised', key: `message:${messageId ?? alert.id}` };
  }
  const isOver = transition.kind === 'cleared' || transition.kind === 'corrected';
  return { alert, event: isOver ? 'resolved' : 'raised', key: `transition:${transition.id}` };
}
