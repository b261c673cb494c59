/** Requests that wait at once; beyond that a request is answered without waiting. */
const MAX_WAITING = 1_000;

/** Those who wait for the end of commands. */
export class CommandWaiters {
  private readonly waiting = new Map<string, () => void>();

  /** Resolves when the command ends, after `timeoutMs`, or at `endAll`. A command has one waiter: the request that sent it. */
  wait(commandId: string, timeoutMs: number): Promise<void> {
    if (this.waiting.size >= MAX_WAITING) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting.delete(commandId);
        resolve();
      };
      const timer = setTimeout(end, timeoutMs);
      this.waiting.set(commandId, end);
    });
  }

  end(commandId: string): void {
    this.waiting.get(commandId)?.();
  }

  endAll(): void {
    for (const end of [...this.waiting.values()]) end();
  }
}
