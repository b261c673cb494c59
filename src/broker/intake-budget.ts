/** Somebody who waits until the budget has room again. */
export interface BudgetWaiter {
  roomAgain(): void;
}

/**
 * Bytes of PUBLISH packets that were taken from their senders and not settled yet, over all connections. When the limit is reached
 * no connection reads on; they do once a quarter is free again, so that they do not start and stop with every message.
 */
export class IntakeBudget {
  private readonly limitBytes: number;
  private readonly waiting = new Set<BudgetWaiter>();
  private used = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.used;
  }

  get hasRoom(): boolean {
    return this.used < this.limitBytes;
  }

  take(bytes: number): void {
    this.used += bytes;
  }

  give(bytes: number): void {
    this.used -= bytes;
    if (this.waiting.size === 0 || this.used > this.limitBytes * 0.75) return;
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const waiter of waiting) waiter.roomAgain();
  }

  /** Calls `waiter.roomAgain()` once when there is room. */
  wait(waiter: BudgetWaiter): void {
    this.waiting.add(waiter);
  }

  leave(waiter: BudgetWaiter): void {
    this.waiting.delete(waiter);
  }
}
