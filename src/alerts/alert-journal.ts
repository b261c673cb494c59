import type { PlatformEvents } from '../contracts/events.ts';
import type { RuleTransition } from '../contracts/rules.ts';
import type { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { AlertChange, AlertTransitions } from './types.ts';

/** Writes into the log what rules do to alerts, each under the request id of the message that led to it. */
export class AlertJournal {
  private readonly logger: Logger;

  constructor(logger: Logger) {
    this.logger = logger.child({ part: 'alerts' });
  }

  /** Writes down each alert that is raised, also by the platform itself. */
  follow(events: Pick<EventBus<PlatformEvents>, 'on'>): void {
    events.on('alert.raised', ({ alert }) => {
      const { id: alert_id, rule_id, rule_name: rule, device_id, severity, request_id } = alert;
      this.logger.info({ request_id: request_id ?? undefined, alert_id, severity, rule_id, rule, device_id }, 'An alert was raised.');
    });
  }

  /** The same alerts for nodes; what becomes of each decision is written down. */
  of(alerts: AlertTransitions): AlertTransitions {
    return {
      apply: async (transition, nodeId) => {
        const change = await alerts.apply(transition, nodeId);
        this.tell(transition, change);
        return change;
      },
      toSendAgain: (nodeId) => alerts.toSendAgain(nodeId),
    };
  }

  private tell({ request_id, device_id }: RuleTransition, change: AlertChange): void {
    const fields = { request_id, alert_id: change.alert?.id, device_id };
    switch (change.kind) {
      case 'raised': // By the event.
      case 'none':
        return;
      case 'repeated':
        this.logger.debug(fields, 'An alert was repeated.');
        return;
      case 'corrected':
        this.logger.info(fields, 'An alert was put right by late readings.');
        return;
      case 'cleared':
        this.logger.info(fields, 'An alert is over: its condition cleared.');
    }
  }
}
