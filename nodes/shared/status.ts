import type { NodeStatus } from 'node-red';

/** The longest text under a node that the editor shows well. */
const TEXT_LENGTH = 19;
const PERIOD_MS = 1_000;

/** Whether a text is shown whole under a node. */
export function fits(text: string): boolean {
  return text.length <= TEXT_LENGTH;
}

/** Text cut to what fits under a node. */
export function statusText(text: string): string {
  return fits(text) ? text : `${text.slice(0, TEXT_LENGTH - 1)}…`;
}

/**
 * Shows the status of a node: asks for it once a second and tells the editor only when it changed. So the hot path counts and nothing
 * more, and no node floods the editor.
 */
export class StatusTicker {
  private readonly read: () => NodeStatus;
  private readonly show: (status: NodeStatus) => void;
  private shown = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(read: () => NodeStatus, show: (status: NodeStatus) => void) {
    this.read = read;
    this.show = show;
  }

  start(): void {
    this.tick();
    this.timer = setInterval(() => {
      this.tick();
    }, PERIOD_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const status = this.read();
    const text = statusText(status.text ?? '');
    const line = `${status.fill ?? ''} ${status.shape ?? ''} ${text}`;
    if (line === this.shown) return;
    this.shown = line;
    this.show({ ...status, text });
  }
}
