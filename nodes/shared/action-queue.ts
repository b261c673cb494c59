import type { NodeStatus } from 'node-red';
import { recipientOf } from '../../src/contracts/actions.ts';
import type { Action, ActionEvent } from '../../src/contracts/actions.ts';
import { messageOf } from '../../src/core/errors.ts';
import type { AlertContent, NewNotification } from '../../src/notify/types.ts';
import type { NodeContext, RunningNode } from './define-node.ts';
import type { Done, FlowMessage } from './platform.ts';
import { toldAlertOf } from './told-alert.ts';
import type { ToldAlert } from './told-alert.ts';

/** Queueing takes some milliseconds; what waits longer than this waits for the database. */
const SLOW_MS = 2_000;
/** Characters of a recipient in the ledger. */
const RECIPIENT_LENGTH = 2_000;

/** One action to be queued; `place` tells several of one message apart. */
export interface PlacedAction {
  action: Action;
  place?: number;
}

/** An alert with an event that actions tell. */
export type ToldEvent = ToldAlert & { event: ActionEvent };

/** What is to be done about an alert. */
export type ActionsOf = (told: ToldEvent) => Promise<readonly PlacedAction[]> | readonly PlacedAction[];

/** A node that acts on alerts: queues its actions, and passes the message on when that is committed. */
export class ActionQueue implements RunningNode {
  private readonly context: NodeContext<unknown>;
  private readonly actionsOf: ActionsOf;
  /** What is being queued, with the time since when, epoch milliseconds; the oldest first. */
  private readonly underWay = new Map<Promise<void>, number>();
  private queued = 0;
  private isRefused = false;

  constructor(context: NodeContext<unknown>, actionsOf: ActionsOf) {
    this.context = context;
    this.actionsOf = actionsOf;
  }

  input(message: FlowMessage, done: Done): void {
    const work = this.queue(message, done).finally(() => this.underWay.delete(work));
    this.underWay.set(work, this.context.services.clock.nowMs());
  }

  status(): NodeStatus {
    const [oldestAtMs] = this.underWay.values();
    if (oldestAtMs !== undefined && this.context.services.clock.nowMs() - oldestAtMs > SLOW_MS) {
      return { fill: 'red', shape: 'ring', text: 'database away' };
    }
    if (this.isRefused) return { fill: 'red', shape: 'ring', text: 'refused' };
    if (this.queued === 0) return { fill: 'grey', shape: 'ring', text: 'nothing queued yet' };
    return { fill: 'green', shape: 'dot', text: `${String(this.queued)} queued` };
  }

  /** Lets what is being queued come to its end. */
  async close(): Promise<void> {
    await Promise.all(this.underWay.keys());
  }

  private async queue(message: FlowMessage, done: Done): Promise<void> {
    try {
      const { event, ...rest } = toldAlertOf(message);
      if (event === undefined) {
        this.context.send(message);
        done();
        return;
      }
      const told = { ...rest, event };
      const actions = (await this.actionsOf(told)).filter(({ action }) => action.on?.includes(event) ?? true);
      const ids =
        actions.length === 0 ? [] : await this.context.services.notify.queue(actions.map((each) => this.notificationOf(told, each)));
      this.queued += ids.length;
      this.isRefused = false;
      this.context.send(actions.length === 0 ? message : { ...message, notification: { id: ids[0] ?? null, ids } });
      done();
    } catch (error) {
      // The platform ends: nothing went wrong, and the alert node sends it again when it starts.
      if (error instanceof Error && error.name === 'AbortError') {
        done();
        return;
      }
      this.isRefused = true;
      done(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  private notificationOf({ alert, event, key, requestId }: ToldEvent, { action, place }: PlacedAction): NewNotification {
    const { services, id } = this.context;
    const device = services.devices.lookup(alert.device_id);
    const content: AlertContent = {
      action,
      alert,
      device: { name: device?.name ?? alert.device_id, type: given(device?.type), location: given(device?.location) },
    };
    const recipient = action.type === 'command' ? (action.device_id ?? alert.device_id) : recipientOf(action);
    return {
      tenantId: services.tenantId,
      dedupKey: `${key}:${id}${place === undefined ? '' : `:${String(place)}`}`,
      event,
      channel: action.type,
      recipient: recipient.slice(0, RECIPIENT_LENGTH),
      alertId: alert.id,
      deviceId: alert.device_id,
      ruleId: alert.rule_id,
      requestId: requestId ?? null,
      content,
    };
  }
}

function given(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
