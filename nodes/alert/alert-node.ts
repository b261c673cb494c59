import type { NodeStatus } from 'node-red';
import type { AlertChange } from '../../src/alerts/types.ts';
import type { RuleTransition } from '../../src/contracts/rules.ts';
import { AppError, messageOf } from '../../src/core/errors.ts';
import type { NodeContext } from '../shared/define-node.ts';
import type { Done, FlowMessage } from '../shared/platform.ts';
import { pause } from './pause.ts';

/** How long to wait after each failed try; the last one repeats. Together with LAST_TRY_MS this outlasts a restart of the database. */
const WAITS_MS = [200, 500, 1_000, 2_000, 5_000];
const LAST_TRY_MS = 10 * 60_000;

/** Applies transitions in order, one at a time per rule and device, and waits out a database that is away. */
export class AlertNode {
  private readonly context: NodeContext<unknown>;
  /** The last transition under way of each rule and device. */
  private readonly underWay = new Map<string, Promise<void>>();
  private readonly closing = new AbortController();
  private last = '';
  private failing = false;

  constructor(context: NodeContext<unknown>) {
    this.context = context;
  }

  take(message: FlowMessage, transition: RuleTransition, done: Done): void {
    const name = `${transition.rule_id} ${transition.device_id}`;
    const before = this.underWay.get(name) ?? Promise.resolve();
    const after = before.then(() => this.apply(message, transition, done));
    this.underWay.set(name, after);
    void after.finally(() => {
      if (this.underWay.get(name) === after) this.underWay.delete(name);
    });
  }

  status(): NodeStatus {
    if (this.failing) return { fill: 'red', shape: 'ring', text: 'database away' };
    return this.last === '' ? { fill: 'grey', shape: 'ring', text: 'no alert yet' } : { fill: 'blue', shape: 'dot', text: this.last };
  }

  /** What is not applied yet stays unconsumed and is sent again when its rule node starts. */
  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all(this.underWay.values());
  }

  private async apply(message: FlowMessage, transition: RuleTransition, done: Done): Promise<void> {
    try {
      const change = await this.applyPatiently(transition);
      this.failing = false;
      if (change !== undefined) this.pass(message, transition, change);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  /** Undefined when the node was closed before it succeeded. */
  private async applyPatiently(transition: RuleTransition): Promise<AlertChange | undefined> {
    const { clock, alerts } = this.context.services;
    const startedAtMs = clock.nowMs();
    for (let attempt = 0; !this.closing.signal.aborted; attempt += 1) {
      try {
        return await alerts.apply(transition);
      } catch (error) {
        if (error instanceof AppError && !error.retryable) throw error;
        if (clock.nowMs() - startedAtMs > LAST_TRY_MS) throw error;
        if (!this.failing) this.context.error(new AppError('STORAGE_UNAVAILABLE', `Not recorded yet, trying again: ${messageOf(error)}`));
        this.failing = true;
        await pause(WAITS_MS[Math.min(attempt, WAITS_MS.length - 1)] ?? 0, this.closing.signal);
      }
    }
    return undefined;
  }

  /** Output 1: raised. Output 2: cleared. Output 3: repeated. Nothing for a transition that was applied before. */
  private pass(message: FlowMessage, transition: RuleTransition, change: AlertChange): void {
    if (change.kind === 'none') return;
    const { alert } = change;
    this.last = `${change.kind} ${alert.device_id}`;
    const out = { ...message, payload: alert.message, alert, transition };
    switch (change.kind) {
      case 'raised':
        this.context.send([out, null, null]);
        return;
      case 'cleared':
        this.context.send([null, out, null]);
        return;
      case 'repeated':
        this.context.send([null, null, out]);
    }
  }
}
