import type { MqttRefusal } from './refusal.ts';

/** How a PUBLISH ends: forwarded to subscribers, acknowledged only, or not acknowledged because the connection ends. */
export type PublishOutcome = { kind: 'forward' } | { kind: 'end' } | { kind: 'close'; error: MqttRefusal };

/** Forwarded; made once. */
export const FORWARD: PublishOutcome = { kind: 'forward' };
/** Acknowledged only; made once. */
export const END: PublishOutcome = { kind: 'end' };

/** One PUBLISH between its arrival and its acknowledgement. */
export interface PendingPublish {
  outcome: PublishOutcome | undefined;
  release(outcome: PublishOutcome): void;
}

/**
 * The unacknowledged messages of one connection. They are released strictly in the order in which they arrived, whatever the order of
 * their settlements (MQTT 3.1.1, section 4.6).
 */
export class SettlementQueue {
  private entries: PendingPublish[] = [];
  private head = 0;
  private releasing = false;

  add(entry: PendingPublish): void {
    this.entries.push(entry);
  }

  /** Only the first outcome of an entry counts. */
  settle(entry: PendingPublish, outcome: PublishOutcome): void {
    if (entry.outcome !== undefined) return;
    entry.outcome = outcome;
    if (!this.releasing && this.entries[this.head] === entry) this.releaseSettled();
  }

  private releaseSettled(): void {
    this.releasing = true;
    for (let entry = this.entries[this.head]; entry?.outcome !== undefined; entry = this.entries[this.head]) {
      this.head += 1;
      entry.release(entry.outcome);
    }
    this.releasing = false;
    if (this.head === this.entries.length) this.entries = [];
    else if (this.head > 256) this.entries = this.entries.slice(this.head);
    else return;
    this.head = 0;
  }
}
