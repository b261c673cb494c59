import type { NodeStatus } from 'node-red';
import type { AlertChange, AppliedTransition } from '../../src/alerts/types.ts';
import type { RuleTransition } from '../../src/contracts/rules.ts';
import { messageOf } from '../../src/core/errors.ts';
import type { NodeContext } from '../shared/define-node.ts';
import type { Done, FlowMessage } from '../shared/platform.ts';

/** An alert is recorded in some milliseconds; one that waits longer than this waits for the database. */
const SLOW_MS = 2_000;

/** Applies transitions (in their order, and as long as it takes: the alert service sees to that) and passes on what changed. */
export class AlertNode {
  private readonly context: NodeContext<unknown>;
  /** What is being recorded, with the time since when, epoch milliseconds; the oldest first. */
  private readonly underWay = new Map<Promise<void>, number>();
  private last = '';
  /** What this node has sent on while it asked what to send again. */
  private passed: Set<string> | undefined = new Set();

  private readonly deafen: () => void;

  constructor(context: NodeContext<unknown>) {
    this.context = context;
    // What a person resolved, or ended with its rule or device, goes out like what has cleared.
    this.deafen = context.services.events.on('alert.ended', ({ nodeId, alert, transition }) => {
      if (nodeId === context.id) this.pass(beginningOf(transition), transition, { kind: 'cleared', alert });
    });
  }

  take(message: FlowMessage, transition: RuleTransition, done: Done): void {
    const work = this.apply(message, transition, done).finally(() => this.underWay.delete(work));
    this.underWay.set(work, this.context.services.clock.nowMs());
  }

  /** Sends on what was applied just before this node, or the program, ended, and may have been lost on the way to the nodes behind. */
  async sendAgain(): Promise<void> {
    const { services, id } = this.context;
    try {
      const applied = await services.alerts.toSendAgain(id);
      for (const { transition, change } of applied) this.passAgain(transition, change);
    } catch (failure) {
      if (!isAbort(failure)) this.context.error(asError(failure));
    } finally {
      this.passed = undefined;
    }
  }

  status(): NodeStatus {
    const [oldestAtMs] = this.underWay.values();
    if (oldestAtMs !== undefined && this.context.services.clock.nowMs() - oldestAtMs > SLOW_MS) {
      return { fill: 'red', shape: 'ring', text: 'database away' };
    }
    return this.last === '' ? { fill: 'grey', shape: 'ring', text: 'no alert yet' } : { fill: 'blue', shape: 'dot', text: this.last };
  }

  /** Lets what is being recorded reach the next nodes; what cannot be recorded is sent again when its rule node starts. */
  async close(): Promise<void> {
    this.deafen();
    await Promise.all(this.underWay.keys());
  }

  private async apply(message: FlowMessage, transition: RuleTransition, done: Done): Promise<void> {
    try {
      this.pass(message, transition, await this.context.services.alerts.apply(transition, this.context.id));
      done();
    } catch (error) {
      // The platform ends: nothing went wrong, and there may be very many.
      if (isAbort(error)) done();
      else done(asError(error));
    }
  }

  /** In the order of its decisions; what was applied by now is on its way. */
  private passAgain(transition: RuleTransition, change: AppliedTransition['change']): void {
    if (this.passed?.has(transition.id) === true) return;
    this.pass({ ...beginningOf(transition), alert_replay: true }, transition, change);
  }

  /**
   * Output 1: raised. Output 2: cleared, or ended by a correction, a person, or with its rule or device. Output 3: repeated. Nothing for a transition that was applied before, and
   * nothing for a correction of what is over: nobody has to act on it.
   */
  private pass(message: FlowMessage, transition: RuleTransition, change: AlertChange): void {
    if (change.kind === 'none') return;
    const { alert } = change;
    this.passed?.add(transition.id);
    this.last = `${change.kind} ${alert.device_id}`;
    const out = { ...message, payload: alert.message, alert, transition };
    switch (change.kind) {
      case 'raised':
        this.context.send([out, null, null]);
        return;
      case 'cleared':
        this.context.send([null, out, null]);
        return;
      case 'corrected':
        if (change.ended) this.context.send([null, out, null]);
        return;
      case 'repeated':
        this.context.send([null, null, out]);
    }
  }
}

/** Of a message that no rule node began. */
function beginningOf({ rule_name: topic, device_id, request_id }: RuleTransition): FlowMessage {
  return { topic, request_id, device: { device_id } };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}
