import type { BacktestResult } from '../contracts/backtest.ts';
import type { AuthoredRule } from '../contracts/rules.ts';

/** What is replayed: everything that a thread of its own needs to know. */
export interface BacktestJob {
  tenantId: string;
  /** The rule that is tried, and the one that it is compared with. */
  run: AuthoredRule;
  compared: AuthoredRule | undefined;
  /** Undefined: all devices of the scopes of the rules. */
  deviceId: string | undefined;
  /** Epoch milliseconds; the end is not part of the period. */
  startMs: number;
  endMs: number;
  /** What is known already that a reader must know. */
  notes: readonly string[];
}

/** Who looks after a replay while it runs. */
export interface ReplayWatch {
  /** How much of it is done, 0 to 1. Called after every chunk of readings. */
  progress(share: number): void;
  /** True: end at the next chunk. */
  isCancelled(): boolean;
}

/** What a thread that replays says. */
export type ReplayMessage =
  | { kind: 'progress'; share: number }
  | { kind: 'done'; result: BacktestResult }
  | { kind: 'cancelled' }
  | { kind: 'failed'; error: string };

/** A replay in a thread of its own. */
export interface ReplayThread {
  /** The last word: how it ended. Resolves after the thread is gone and has let go of its connection; never rejects. */
  readonly ended: Promise<Exclude<ReplayMessage, { kind: 'progress' }>>;
  /** Ends it at the next chunk of readings, by force when that takes long. */
  cancel(): void;
}

/** Starts a replay in a thread of its own. */
export type StartReplay = (job: BacktestJob, onProgress: (share: number) => void) => ReplayThread;
