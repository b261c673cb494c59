import type { Action, ChannelName } from '../contracts/actions.ts';
import type { Alert } from '../contracts/alerts.ts';
import type { NotificationEvent } from '../contracts/notifications.ts';
import type { Queryable } from '../storage/database.ts';

/** What an action tells: an alert as it was when it was queued, with what texts may name beside it. */
export interface AlertContent {
  action: Action;
  alert: Alert;
  device: { name: string; type: string | null; location: string | null };
}

/** Something to tell, by one channel, to one recipient. */
export interface NewNotification {
  tenantId: string;
  /** Whoever queues the same thing again gives the same key and queues nothing: `transition:{id}:{node id}`. At most 300 characters;
   * of an e-mail to several recipients the outbox makes one for each, and adds the address. */
  dedupKey: string;
  event: NotificationEvent;
  channel: ChannelName;
  /** As the ledger shows it; at most 2,000 characters. */
  recipient: string;
  alertId: string | null;
  deviceId: string | null;
  ruleId: string | null;
  /** Of the message that it tells of; absent or null when there is none. */
  requestId?: string | null;
  /** JSON that the channel reads again when it sends: `AlertContent` for actions. */
  content: object;
}

/** A notification on its way: the same id at every attempt, by which receivers know repeats. */
export interface Delivery extends NewNotification {
  id: string;
  /** Of this attempt, from 1 on. */
  attempt: number;
  createdAtMs: number;
}

/**
 * What came of one attempt. A channel never tries again by itself. `retryAfterMs`: what the receiver asked for; it
 * lengthens the pause of the channel's schedule, and never shortens it. Reasons are one line of at most 500 characters without secrets.
 */
export type Outcome =
  { delivered: true; reason: string } | { delivered: false; retryable: boolean; reason: string; retryAfterMs?: number | undefined };

/** A way to deliver, such as e-mail. One folder under `channels/` and one line in the registry. */
export interface Channel {
  readonly name: ChannelName;
  /** Attempts at the same time in all. */
  readonly atOnce: number;
  /** An attempt that takes longer gives its place to others, until there are `atMost` in all: a few receivers that hang must not hold all places. */
  readonly slow?: { afterMs: number; atMost: number };
  /** Pauses before the second, third, ... attempt, milliseconds; after the last one it is given up. */
  readonly retryDelaysMs: readonly number[];
  /** Deliveries with the same answer are attempted one after another (a URL, say); undefined: no such order. */
  laneOf?(delivery: Delivery): string;
  /** The least distance between the beginnings of two attempts of one lane, milliseconds. */
  readonly laneIntervalMs?: number;
  /** Makes one attempt. Must not reject, and must end soon after `signal` (the platform stops). */
  send(delivery: Delivery, signal: AbortSignal): Promise<Outcome>;
  /** Lets connections go when the platform stops. */
  close?(): Promise<void>;
}

/** Where notifications are queued. */
export interface Outbox {
  /** Queues in the transaction of whoever records what is told; what is there already under its key is left. Answers the ids of the new ones. */
  enqueue(tx: Queryable, notifications: readonly NewNotification[]): Promise<string[]>;
  /** The same in a transaction of its own; waits as long as the database is away, until the platform stops (AbortError). */
  queue(notifications: readonly NewNotification[]): Promise<string[]>;
}
