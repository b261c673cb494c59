const TERMINAL_MS = 500;
const LOG_MS = 10_000;

/** How far a long copy is: one line that is written over on a terminal, a line every ten seconds elsewhere. */
export class CopyProgress {
  private what = '';
  private total = 0;
  private done = 0;
  private timer: NodeJS.Timeout | undefined;

  /** Begins a part of the work that reads about `total` bytes. */
  begin(what: string, total: number): void {
    this.what = what;
    this.total = total;
    this.done = 0;
    this.timer ??= setInterval(() => this.show(), process.stdout.isTTY ? TERMINAL_MS : LOG_MS);
  }

  /** That many bytes more are done. */
  add(bytes: number): void {
    this.done += bytes;
  }

  end(): void {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.timer = undefined;
    if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
  }

  private show(): void {
    const percent = this.total === 0 ? 100 : Math.min(100, Math.floor((this.done / this.total) * 100));
    const text = `${this.what}: ${megabytes(this.done)} of about ${megabytes(Math.max(this.total, this.done))} (${String(percent)} %)`;
    process.stdout.write(process.stdout.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  }
}

/** Bytes for people, in millions. */
export function megabytes(bytes: number): string {
  return `${new Intl.NumberFormat('en', { maximumFractionDigits: 1 }).format(bytes / 1e6)} MB`;
}

/** "1 file", "2 files". */
export function counted(count: number, what: string): string {
  return `${new Intl.NumberFormat('en').format(count)} ${what}${count === 1 ? '' : 's'}`;
}
