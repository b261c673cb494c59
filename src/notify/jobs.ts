import type { ChannelName } from '../contracts/actions.ts';
import type { Queryable } from '../storage/database.ts';

/** When a notification is to be tried; its id is the id of its job, so it has one job at most. */
export interface Job {
  id: string;
  channel: ChannelName;
  /** From now on; 0: at once. */
  delayMs: number;
}

/**
 * The queue behind the outbox: one queue for each channel, whose jobs say only which notification is due. It may be asked from one process
 * alone. What is taken and not removed by the end of the process is found by `recover` of the next one.
 */
export interface JobQueue {
  /** Adds jobs in a transaction of the platform; who waits for their channel is woken when it commits. A job that is there stays as it is. */
  add(tx: Queryable, jobs: readonly Job[]): Promise<void>;
  /** Removes jobs in a transaction of the platform. */
  remove(tx: Queryable, jobs: readonly Pick<Job, 'id' | 'channel'>[]): Promise<void>;
  /** Takes jobs that are due, the oldest first; answers the ids of their notifications. */
  take(channel: ChannelName, atMost: number): Promise<string[]>;
  /** A transaction on one of the queue's own connections, which nobody else waits for. */
  transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
  /** Statements on the queue's own connections, each by itself. */
  read<Result>(work: (db: Queryable) => Promise<Result>): Promise<Result>;
  /** Queues pending notifications again that no waiting job stands for, but those in `besides` (ids that are in hand); answers how many. */
  recover(channel: ChannelName, besides: readonly string[]): Promise<number>;
  /** Tells of channels that have new jobs which are due at once; answers a function that ends it. */
  onDue(listener: (channel: ChannelName) => void): () => void;
}
