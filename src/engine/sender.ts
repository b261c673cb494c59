import type { RuleTransition } from '../contracts/rules.ts';

/**
 * The way from the recorder to a node. What an earlier session recorded and nobody applied goes first, once the node has its session;
 * a closed node gets nothing: what is recorded later is sent when it is opened again.
 */
export class TransitionSender {
  private readonly send: (transition: RuleTransition) => void;
  private waiting: RuleTransition[] | undefined;
  private closed = false;

  constructor(send: (transition: RuleTransition) => void, unsent: readonly RuleTransition[]) {
    this.send = send;
    this.waiting = [...unsent];
    setImmediate(() => this.begin());
  }

  get isOpen(): boolean {
    return !this.closed;
  }

  deliver(transition: RuleTransition): void {
    if (this.closed) return;
    if (this.waiting === undefined) this.send(transition);
    else this.waiting.push(transition);
  }

  close(): void {
    this.closed = true;
    this.waiting = undefined;
  }

  private begin(): void {
    const waiting = this.waiting ?? [];
    this.waiting = undefined;
    for (const transition of waiting) this.deliver(transition);
  }
}
