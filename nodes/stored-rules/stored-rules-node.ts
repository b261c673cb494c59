import type { NodeStatus } from 'node-red';
import { messageOf } from '../../src/core/errors.ts';
import type { StoredRuleSession } from '../../src/engine/types.ts';
import type { NodeContext, RunningNode } from '../shared/define-node.ts';
import type { Done, FlowMessage } from '../shared/platform.ts';
import { judging, outputsOf } from '../shared/rule-node.ts';
import { fits } from '../shared/status.ts';
import { Turns } from '../shared/turns.ts';

const turns = new Turns();

/** Runs the stored rules while it is this node's turn: two of them would judge each rule twice. */
export class StoredRulesNode implements RunningNode {
  private readonly context: NodeContext<unknown>;
  private session: StoredRuleSession | undefined;
  private otherTab: string | undefined;
  /** Why the session could not be opened. */
  private failure: Error | undefined;
  /** Openings and closings, one after the other: turns change faster than a session opens. */
  private work: Promise<void> = Promise.resolve();
  /** What arrived while the session was being opened. */
  private readonly waiting: { message: FlowMessage; done: Done }[] = [];
  private leave: () => void = () => undefined;

  constructor(context: NodeContext<unknown>) {
    this.context = context;
  }

  /** Resolves when it judges, or knows that another node does. */
  async start(): Promise<void> {
    const { services, id, tabLabel } = this.context;
    this.leave = turns.join(services, {
      nodeId: id,
      tabLabel,
      onTurn: (otherTab) => {
        this.otherTab = otherTab;
        this.enqueue();
      },
    });
    await this.work;
  }

  input(message: FlowMessage, done: Done): void {
    if (this.otherTab !== undefined) done();
    else if (this.failure !== undefined) done(this.failure);
    else if (this.session === undefined) this.waiting.push({ message, done });
    else judging(this.session)(message, done);
  }

  status(): NodeStatus {
    if (this.otherTab !== undefined) return { fill: 'red', shape: 'ring', text: `already on ${this.otherTab}` };
    if (this.failure !== undefined) return { fill: 'red', shape: 'ring', text: 'did not start' };
    if (this.session === undefined) return { fill: 'grey', shape: 'ring', text: 'starting' };
    const { rules, activeDevices } = this.session.summary();
    if (rules === 0) return { fill: 'grey', shape: 'ring', text: 'no stored rules' };
    const count = `${String(rules)} ${rules === 1 ? 'rule' : 'rules'}`;
    if (activeDevices === 0) return { fill: 'green', shape: 'dot', text: count };
    const alerts = `${String(activeDevices)} ${activeDevices === 1 ? 'alert' : 'alerts'}`;
    const both = `${count}, ${alerts}`;
    return { fill: 'red', shape: 'dot', text: fits(both) ? both : alerts };
  }

  async close(removed: boolean): Promise<void> {
    this.leave();
    await this.work;
    await this.session?.close(removed);
    this.session = undefined;
  }

  /** Brings the session into line with whose turn it is by then. */
  private enqueue(): void {
    this.work = this.work
      .then(() => this.follow())
      .catch((error: unknown) => {
        this.fail(error instanceof Error ? error : new Error(messageOf(error)));
      });
  }

  private async follow(): Promise<void> {
    if (this.otherTab !== undefined) {
      for (const { done } of this.waiting.splice(0)) done();
      const { session } = this;
      this.session = undefined;
      // The rules go on under the other node: nothing of theirs ends.
      await session?.close(false);
    } else if (this.session === undefined) {
      this.session = await this.open();
      this.failure = undefined;
      for (const { message, done } of this.waiting.splice(0)) judging(this.session)(message, done);
    }
  }

  private open(): Promise<StoredRuleSession> {
    const { context } = this;
    return context.services.rules.openStored({
      nodeId: context.id,
      tenantId: context.services.tenantId,
      onTransition: (transition) => {
        context.send(outputsOf(transition));
      },
      onError: (error) => {
        context.error(error);
      },
    });
  }

  private fail(error: Error): void {
    this.failure = error;
    this.context.error(error);
    for (const { done } of this.waiting.splice(0)) done(error);
  }
}
