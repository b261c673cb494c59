import type { NodeStatus } from 'node-red';
import type * as z from 'zod/mini';
import type { Alert } from '../../src/contracts/alerts.ts';
import type { AlertUpdate } from '../../src/contracts/realtime.ts';
import type { NodeContext, RunningNode } from '../shared/define-node.ts';
import type { AlertEvent, alertInConfig } from './alert-in.config.ts';

/** What the form says, checked. */
export type AlertInFields = z.output<typeof alertInConfig.schema>;

/** Sends what happens to alerts into a flow, as far as it is wanted. */
export class AlertInNode implements RunningNode {
  private readonly context: NodeContext<AlertInFields>;
  private readonly endings: (() => void)[];
  private sent = 0;

  constructor(context: NodeContext<AlertInFields>) {
    this.context = context;
    const { events, tenantId } = context.services;
    this.endings = [
      events.on('alert.raised', ({ tenantId: owner, alert }) => {
        if (owner === tenantId) this.tell('raised', alert, null);
      }),
      events.on('alert.updated', ({ tenantId: owner, update }) => {
        if (owner === tenantId) this.tell(eventOf(update), update.alert, update.by);
      }),
    ];
  }

  status(): NodeStatus {
    if (this.sent === 0) return { fill: 'grey', shape: 'ring', text: 'no alert yet' };
    return { fill: 'blue', shape: 'dot', text: `${String(this.sent)} sent` };
  }

  close(): void {
    for (const end of this.endings) end();
  }

  private tell(event: AlertEvent, alert: Alert, by: string | null): void {
    const { events, severity, deviceId } = this.context.config;
    if (!events.includes(event)) return;
    if (severity !== 'any' && severity !== alert.severity) return;
    if (deviceId !== '' && deviceId !== alert.device_id) return;
    // Before the flow runs nobody could hear of it; what was then is under /alerts.
    if (!this.context.flowsRun()) return;
    this.sent += 1;
    const { rule_name: topic, message: payload, device_id } = alert;
    this.context.send({ topic, payload, device: { device_id }, alert: { ...alert }, event, by });
  }
}

/** A count that goes up is told without a name; a person who takes notice has one. */
function eventOf({ status, by }: AlertUpdate): AlertEvent {
  if (status === 'resolved') return 'resolved';
  return status === 'acknowledged' && by !== null ? 'acknowledged' : 'updated';
}
