/** What brings the list of devices up to date, and what that costs. */
export interface DeviceChangesOptions {
  /** Reads these devices, one request each; false when that failed. */
  readSome: (deviceIds: readonly string[]) => Promise<boolean>;
  readAll: () => Promise<boolean>;
  /** How many requests `readAll` takes. */
  pages: () => number;
  /** Calls later, and answers how to take that back; in time unless given. */
  later?: (call: () => void, delayMs: number) => () => void;
}

/** A device nobody has heard of appears after at most this long. */
const DELAY_MS = 1_000;
/** So long nothing is read for each request that was sent: 20 requests a minute, of the 100 that a person has for all open pages. */
const PAUSE_PER_REQUEST_MS = 3_000;

/** Collects which devices have changed and reads those in as few requests as possible, never more than the limits of the API bear. */
export class DeviceChanges {
  private readonly options: DeviceChangesOptions;
  private readonly changed = new Set<string>();
  private readonly later: (call: () => void, delayMs: number) => () => void;
  private cancelTurn: (() => void) | undefined;
  private isReading = false;

  constructor(options: DeviceChangesOptions) {
    this.options = options;
    this.later = options.later ?? inTime;
  }

  /** These devices are not as the page has them. */
  add(deviceIds: readonly string[]): void {
    for (const id of deviceIds) this.changed.add(id);
    this.plan(DELAY_MS);
  }

  /** Forgets what was to be read. */
  clear(): void {
    this.cancelTurn?.();
    this.cancelTurn = undefined;
    this.changed.clear();
  }

  private plan(delayMs: number): void {
    if (this.changed.size > 0 && !this.isReading) this.cancelTurn ??= this.later(() => void this.read(), delayMs);
  }

  private async read(): Promise<void> {
    const ids = [...this.changed];
    const requests = Math.min(ids.length, this.options.pages());
    this.changed.clear();
    this.isReading = true;
    const isRead = await (ids.length <= requests ? this.options.readSome(ids) : this.options.readAll());
    this.isReading = false;
    if (!isRead) for (const id of ids) this.changed.add(id);
    // What is heard during the pause waits for its end.
    this.cancelTurn = this.later(() => {
      this.cancelTurn = undefined;
      this.plan(0);
    }, requests * PAUSE_PER_REQUEST_MS);
  }
}

function inTime(call: () => void, delayMs: number): () => void {
  const timer = setTimeout(call, delayMs);
  return () => clearTimeout(timer);
}
