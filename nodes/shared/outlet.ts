import type { NodeStatus } from 'node-red';
import type { SourceKind } from '../../src/sources/types.ts';
import type { NodeContext, RunningNode } from './define-node.ts';
import { Rate } from './rate.ts';

/** A source on the canvas: puts the messages of one of the platform's listeners on the wire. One outlet of each kind takes part. */
export class OutletNode implements RunningNode {
  private readonly detach: () => void;
  private readonly rate: Rate;
  private readonly text: (messagesPerSecond: number) => string;
  private otherTab: string | undefined;

  constructor(kind: SourceKind, context: NodeContext<unknown>, text: (messagesPerSecond: number) => string) {
    this.text = text;
    this.rate = new Rate(context.services.clock);
    this.detach = context.services.acknowledgements.attachOutlet(kind, {
      nodeId: context.id,
      tabLabel: context.tabLabel,
      deliver: (message) => {
        // What is not settled is given to the flow once more when it runs; sending it now would send it twice.
        if (!context.flowsRun()) return;
        this.rate.add();
        context.send(message);
      },
      onTurn: (turn) => {
        this.otherTab = turn.active ? undefined : turn.otherTab;
      },
    });
  }

  status(): NodeStatus {
    if (this.otherTab !== undefined) return { fill: 'red', shape: 'ring', text: `already on ${this.otherTab}` };
    return { fill: 'green', shape: 'dot', text: this.text(this.rate.perSecond()) };
  }

  close(): void {
    this.detach();
  }
}
