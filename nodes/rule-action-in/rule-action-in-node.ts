import type { NodeStatus } from 'node-red';
import type { FlowActionMessage } from '../../src/notify/channels/flow/flow-entries.ts';
import type { NodeContext, RunningNode } from '../shared/define-node.ts';
import { Turns } from '../shared/turns.ts';

/** Entries of one name take turns: an action would not know which is meant. By platform, then by name. */
const turns = new WeakMap<object, Map<string, Turns>>();

/** An entry of a flow, known by its name while it is its turn. */
export class RuleActionInNode implements RunningNode {
  private readonly context: NodeContext<{ name: string }>;
  private readonly leave: () => void;
  private forget: () => void = () => undefined;
  private otherTab: string | undefined;
  private received = 0;

  constructor(context: NodeContext<{ name: string }>) {
    this.context = context;
    const { id: nodeId, tabLabel, services, config } = context;
    this.leave = turnsOf(services, config.name).join(services, {
      nodeId,
      tabLabel,
      onTurn: (otherTab) => {
        this.follow(otherTab);
      },
    });
  }

  status(): NodeStatus {
    if (this.otherTab !== undefined) return { fill: 'red', shape: 'ring', text: `already on ${this.otherTab}` };
    if (this.received === 0) return { fill: 'grey', shape: 'ring', text: 'not called yet' };
    return { fill: 'green', shape: 'dot', text: `${String(this.received)} received` };
  }

  close(): void {
    this.leave();
    this.forget();
  }

  private follow(otherTab: string | undefined): void {
    this.forget();
    this.otherTab = otherTab;
    const { services, config } = this.context;
    this.forget =
      otherTab === undefined
        ? services.flowEntries.register(config.name, (message) => {
            this.receive(message);
          })
        : () => undefined;
  }

  /** Fails while the flow starts: the action is tried again, and nothing is lost. */
  private receive({ id, attempt, event, alert, device, link }: FlowActionMessage): void {
    if (!this.context.flowsRun()) throw new Error('The flow is just starting.');
    this.received += 1;
    const { rule_name: topic, message: payload, device_id } = alert;
    this.context.send({ topic, payload, event, alert, device: { device_id, ...device }, link, notification: { id, attempt } });
  }
}

function turnsOf(platform: object, name: string): Turns {
  const byName = turns.get(platform) ?? new Map<string, Turns>();
  turns.set(platform, byName);
  const known = byName.get(name) ?? new Turns();
  byName.set(name, known);
  return known;
}
