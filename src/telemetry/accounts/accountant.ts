import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { AccountChange, AccountRepository } from '../../storage/repositories/accounts.ts';
import type { Queryable } from '../../storage/database.ts';
import { StepLoop } from '../step-loop.ts';
import { readEntry } from './entry.ts';
import { Ledger, readWaiting } from './ledger.ts';
import { SequenceTracker, sequenceStateSchema } from './sequence-tracker.ts';

/** What the accountant works with. */
export interface AccountantOptions {
  store: AccountRepository;
  clock: Clock;
  logger: Logger;
}

/** What was added up since the start, in points; `missing` in messages. */
export type AccountTotals = Record<
  'received' | 'stored' | 'duplicates' | 'rejected' | 'judged' | 'history' | 'missing' | 'numbered',
  number
>;

const IDLE_MS = 1_000;
/** Commits that one transaction adds up at most: some seconds under full load. */
const ENTRIES_PER_STEP = 2_000;
/** A step that takes longer is followed by a pause of so many times its length: adding up may take a fifth of the time. */
const PAUSE = 4;
const PURGE_EVERY_MS = 3_600_000;
/** Accounts are kept for so long. */
const KEPT_MS = 90 * 86_400_000;

/**
 * Adds up what the commits of ingest decided (`account_entries`), follows the numbers of messages, and notes what has been judged. Each step is one
 * transaction that takes entries out and adds them, so a crash loses nothing and counts nothing twice.
 */
export class Accountant {
  private readonly options: AccountantOptions;
  private readonly steps: StepLoop;
  private purgedAtMs = 0;
  private readonly sums: AccountTotals = {
    received: 0,
    stored: 0,
    duplicates: 0,
    rejected: 0,
    judged: 0,
    history: 0,
    missing: 0,
    numbered: 0,
  };

  constructor(options: AccountantOptions) {
    this.options = options;
    this.steps = new StepLoop({
      step: () => this.step(),
      afterStep: () => this.purgeSometimes(),
      pauseMs: (more, tookMs) => Math.max(more ? 0 : IDLE_MS, tookMs * PAUSE),
      logger: options.logger,
      part: 'accounts',
      failedMessage: 'What arrived could not be added up; it is tried until it can, and nothing of it is lost.',
    });
  }

  /** What was added up since the start of the program. */
  get totals(): Readonly<AccountTotals> {
    return this.sums;
  }

  /** Begins; may be called twice. */
  start(): Promise<void> {
    this.steps.start();
    return Promise.resolve();
  }

  /** Ends after the step that is under way; what is not added up then is at the next start. */
  stop(): Promise<void> {
    return this.steps.stop();
  }

  /** Adds up everything that is committed by now. Rejects with the `pg` error. */
  catchUp(): Promise<void> {
    return this.steps.catchUp();
  }

  /** True when there is more. */
  private async step(): Promise<boolean> {
    const { store, clock } = this.options;
    const { changes, taken } = await store.transaction(async (tx) => {
      const ledger = new Ledger();
      const entries = await store.takeEntries(tx, ENTRIES_PER_STEP);
      const commits = entries.map(({ lane, batch, body }) => ({ lane, batch, lines: readEntry(body) }));
      const judged = (await store.takeJudged(tx)).flatMap(readWaiting);
      const isThere = await this.seriesThatAre(tx, [
        ...commits.flatMap(({ lines }) => lines.map((line) => line[11])),
        ...judged.map((line) => line[3]),
      ]);
      for (const commit of commits) ledger.addCommit({ ...commit, lines: commit.lines.filter((line) => isThere(line[11])) });
      for (const line of judged) if (isThere(line[3])) ledger.addJudged(line);
      await this.followNumbers(tx, ledger);
      await store.addWaiting(tx, ledger.waitingPoints(), clock.nowMs());
      await store.add(tx, ledger.changes());
      await store.addDays(tx, ledger.dayChanges());
      return { changes: ledger.changes(), taken: entries.length };
    });
    this.count(changes);
    return taken === ENTRIES_PER_STEP;
  }

  /** What was counted for a device that was removed is not for one that got its name since. */
  private async seriesThatAre(tx: Queryable, ids: readonly number[]): Promise<(id: number) => boolean> {
    const found = await this.options.store.existingSeries(tx, [...new Set(ids)]);
    return (id) => id === 0 || found.has(id);
  }

  private async followNumbers(tx: Queryable, ledger: Ledger): Promise<void> {
    const { store } = this.options;
    const stored = await store.sequences(tx, [...ledger.runs.keys()]);
    const states = new Map<string, unknown>();
    for (const [deviceId, runs] of ledger.runs) {
      // A state that cannot be read would stop the accounts of all devices: the numbering then begins anew.
      const tracker = new SequenceTracker(sequenceStateSchema.safeParse(stored.get(deviceId)).data);
      for (const run of runs) for (const change of tracker.take(run)) ledger.addSequence(deviceId, change);
      if (tracker.state !== undefined) states.set(deviceId, tracker.state);
    }
    await store.saveSequences(tx, states);
  }

  private count(changes: readonly AccountChange[]): void {
    const { sums } = this;
    for (const change of changes) {
      sums.received += change.received;
      sums.stored += change.stored;
      sums.duplicates += change.duplicates;
      sums.rejected += change.rejected;
      sums.judged += change.judged;
      sums.history += change.history;
      sums.missing += change.missing;
      sums.numbered += change.numbered;
    }
  }

  private async purgeSometimes(): Promise<void> {
    const nowMs = this.options.clock.nowMs();
    if (Math.abs(nowMs - this.purgedAtMs) < PURGE_EVERY_MS) return;
    await this.options.store.purge(nowMs - KEPT_MS);
    this.purgedAtMs = nowMs;
  }
}
