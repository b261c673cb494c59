import type { MqttChanges } from '../contracts/mqtt-state.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

/** Changes of a few milliseconds are written together. */
const GATHER_MS = 20;
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 5_000;

/** Where the changes come from and go to. */
export interface WriteBehindPorts {
  /** What differs from what was written; from then on it counts as written. Undefined when nothing does. */
  take(): MqttChanges | undefined;
  /** These were not written after all. */
  putBack(changes: MqttChanges): void;
  write(changes: MqttChanges): Promise<void>;
  /** Whether trying the same again can help. */
  isPassing(error: unknown): boolean;
  logger: Logger;
}

/**
 * Writes state behind the back of who changes it: changes gather, the newest state of each record is written once, and while the
 * database is away the changed keys wait. What one record is at fault in is written without that record.
 */
export class WriteBehind {
  private readonly ports: WriteBehindPorts;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private failures = 0;
  private waiters: (() => void)[] = [];
  private touchedWhileRunning = false;
  private stopped = false;

  constructor(ports: WriteBehindPorts) {
    this.ports = ports;
  }

  /** Something changed. */
  touch(): void {
    if (this.running !== undefined) this.touchedWhileRunning = true;
    if (this.timer !== undefined || this.running !== undefined || this.stopped) return;
    this.timer = setTimeout(() => this.run(), GATHER_MS);
  }

  /** Resolves when everything changed so far is written, and at the latest after `timeoutMs`: nobody's packet waits for a database that is away. */
  async written(timeoutMs: number): Promise<void> {
    if (this.failures > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
      this.touch();
    });
  }

  /** Writes what is left; gives up after `timeoutMs` or a failure. */
  async stop(timeoutMs: number): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    clearTimeout(this.timer);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.writeRest(), late]);
    clearTimeout(timer);
  }

  private async writeRest(): Promise<void> {
    await this.running;
    await this.writeOnce();
  }

  private run(): void {
    this.timer = undefined;
    this.touchedWhileRunning = false;
    this.running = this.writeOnce().then(() => {
      this.running = undefined;
      if (this.stopped) return;
      if (this.failures > 0) this.timer = setTimeout(() => this.run(), Math.min(RETRY_MS * this.failures, MAX_RETRY_MS));
      else if (this.touchedWhileRunning) this.touch();
    });
  }

  /** Never rejects. */
  private async writeOnce(): Promise<void> {
    const waiters = this.waiters;
    this.waiters = [];
    for (let changes = this.ports.take(); changes !== undefined; changes = this.ports.take()) {
      if (!(await this.tryWrite(changes))) break;
    }
    for (const waiter of waiters) waiter();
  }

  /** False when the database cannot take anything now. */
  private async tryWrite(changes: MqttChanges): Promise<boolean> {
    try {
      await this.ports.write(changes);
      this.failures = 0;
      return true;
    } catch (error) {
      if (!this.ports.isPassing(error)) return this.writeSingly(changes, error);
      if (this.failures === 0)
        this.ports.logger.warn({ reason: messageOf(error) }, 'The MQTT state cannot be written now; it will be tried again.');
      this.failures += 1;
      this.ports.putBack(changes);
      return false;
    }
  }

  private async writeSingly(changes: MqttChanges, error: unknown): Promise<boolean> {
    const parts = singleChanges(changes);
    if (parts.length <= 1) {
      this.ports.logger.error(
        { reason: messageOf(error), changes: describe(changes) },
        'A record of the MQTT state was refused by the database and will not survive a restart.',
      );
      return true;
    }
    for (const [index, part] of parts.entries()) {
      if (await this.tryWrite(part)) continue;
      for (const rest of parts.slice(index + 1)) this.ports.putBack(rest);
      return false;
    }
    return true;
  }
}

/** No changes at all. */
export function noChanges(): MqttChanges {
  return {
    put: { sessions: [], retained: [], wills: [], queued: [], incoming: [] },
    remove: { sessions: [], retained: [], wills: [], queued: [], incoming: [] },
  };
}

/** True when there is nothing to write. */
export function isEmpty({ put, remove }: MqttChanges): boolean {
  const kinds: readonly (readonly unknown[])[] = [
    ...Object.values<readonly unknown[]>({ ...put }),
    ...Object.values<readonly unknown[]>({ ...remove }),
  ];
  return kinds.every((records) => records.length === 0);
}

function singleChanges({ put, remove }: MqttChanges): MqttChanges[] {
  const parts: MqttChanges[] = [];
  const add = (fill: (part: MqttChanges) => void) => {
    const part = noChanges();
    fill(part);
    parts.push(part);
  };
  for (const record of put.sessions) add((part) => part.put.sessions.push(record));
  for (const record of put.retained) add((part) => part.put.retained.push(record));
  for (const record of put.wills) add((part) => part.put.wills.push(record));
  for (const record of put.queued) add((part) => part.put.queued.push(record));
  for (const record of put.incoming) add((part) => part.put.incoming.push(record));
  for (const key of remove.sessions) add((part) => part.remove.sessions.push(key));
  for (const key of remove.retained) add((part) => part.remove.retained.push(key));
  for (const key of remove.wills) add((part) => part.remove.wills.push(key));
  for (const key of remove.queued) add((part) => part.remove.queued.push(key));
  for (const key of remove.incoming) add((part) => part.remove.incoming.push(key));
  return parts;
}

/** Which record it is, without its payload. */
function describe({ put, remove }: MqttChanges): string {
  const clients = [...put.sessions, ...put.wills, ...put.queued, ...put.incoming].map((record) => record.clientId);
  return [...clients, ...put.retained.map((record) => record.topic), ...remove.sessions, ...remove.retained, ...remove.wills].join(', ');
}
