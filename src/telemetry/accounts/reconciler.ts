import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { AccountChecks, AccountLook, CountedDay } from '../../storage/repositories/account-checks.ts';
import { differencesOf, untold } from './differences.ts';
import type { AccountDifference } from './differences.ts';
import { readEntry } from './entry.ts';

/** What the reconciliation works with. */
export interface ReconcilerOptions {
  checks: Pick<AccountChecks, 'look' | 'note' | 'differing' | 'forgetDays'>;
  clock: Clock;
  logger: Logger;
  /** Readings older than so many whole days are dropped; undefined: never. */
  retentionDays: number | undefined;
  /** From one look to the next; 10 s unless given. */
  intervalMs?: number;
}

/** How the accounts are. */
export interface AccountsState {
  /** Devices whose account does not add up, or differs from what is in the tables; sorted. */
  unbalanced: readonly string[];
  /** For how long the oldest stored point waits to be judged; 0: none does. */
  judgingLagMs: number;
  /** Commits that are not added up yet. */
  pendingCommits: number;
  /** Numbers of messages that were passed over in this hour or the one before and have not come since. */
  recentlyMissing: number;
}

const INTERVAL_MS = 10_000;
/** A look that takes longer is followed by a pause of so many times its length. */
const PAUSE = 9;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Accounts of so long ago are compared: what is older does not change any more. */
const LOOK_BACK_MS = 48 * HOUR_MS;

const MEANING: Record<AccountDifference['check'], string> = {
  received: 'What arrived from a device within an hour is not what was stored, repeated or rejected.',
  waiting: 'What is stored of a device and not judged is not what waits for it.',
  readings: 'The readings of a day are not as many as were counted when they were stored.',
};

/** Looks again and again whether the accounts add up and agree with what is in the tables. */
export class Reconciler {
  private readonly options: ReconcilerOptions;
  private readonly ending = new AbortController();
  private looping: Promise<void> | undefined;
  private failing = false;
  /** Differences that the log has; never more than there are. */
  private told: ReadonlySet<string> = new Set();
  private known: AccountsState = { unbalanced: [], judgingLagMs: 0, pendingCommits: 0, recentlyMissing: 0 };

  constructor(options: ReconcilerOptions) {
    this.options = options;
  }

  /** What the last look found. */
  get state(): AccountsState {
    return this.known;
  }

  /** Begins; may be called twice. */
  start(): void {
    this.looping ??= this.loop();
  }

  /** Ends after the look that is under way. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.looping;
  }

  /** Looks once. Rejects with the `pg` error. */
  async look(): Promise<AccountsState> {
    const { checks, clock, retentionDays } = this.options;
    const nowMs = clock.nowMs();
    if (retentionDays !== undefined) await checks.forgetDays(nowMs - retentionDays * DAY_MS);
    const hourMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
    const look = await checks.look({ sinceMs: nowMs - LOOK_BACK_MS, missingSinceMs: hourMs - HOUR_MS });
    const days = withPending(look);
    await checks.note(days, nowMs);
    const differences = differencesOf(look, await checks.differing());
    this.tell(differences);
    const { oldestWaitingMs, pendingCount } = look;
    this.known = {
      unbalanced: [...new Set(differences.map(({ deviceId }) => deviceId))].sort(),
      judgingLagMs: oldestWaitingMs === null ? 0 : Math.max(0, nowMs - oldestWaitingMs),
      pendingCommits: pendingCount,
      recentlyMissing: look.missing,
    };
    return this.known;
  }

  /** Each once: the same fault is found at every look. */
  private tell(differences: readonly AccountDifference[]): void {
    const { now, told } = untold(differences, this.told);
    for (const difference of now) this.options.logger.error({ part: 'accounts', ...difference }, MEANING[difference.check]);
    this.told = told;
  }

  private async loop(): Promise<void> {
    const { signal } = this.ending;
    let tookMs = 0;
    while (!signal.aborted) {
      const pauseMs = Math.max(this.options.intervalMs ?? INTERVAL_MS, tookMs * PAUSE);
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined); // Rejects at the end, which the loop sees.
      if (signal.aborted) return;
      const startedAt = performance.now();
      await this.attempt();
      tookMs = performance.now() - startedAt;
    }
  }

  private async attempt(): Promise<void> {
    try {
      await this.look();
      this.failing = false;
    } catch (error) {
      if (!this.failing)
        this.options.logger.warn({ part: 'accounts', error: messageOf(error) }, 'The accounts could not be compared; it is tried again.');
      this.failing = true;
    }
  }
}

/** Readings of commits that are not added up yet are in the tables already: they count as well. */
function withPending({ days, pending }: AccountLook): CountedDay[] {
  const more = new Map<string, number>();
  for (const body of pending) {
    for (const [deviceId, , , , , , , , stored] of readEntry(body)) {
      for (let i = 0; i < stored.length; i += 2) {
        const name = dayName(deviceId, new Date((stored[i] ?? 0) * DAY_MS).toISOString().slice(0, 10));
        more.set(name, (more.get(name) ?? 0) + (stored[i + 1] ?? 0));
      }
    }
  }
  return days.map((day) => ({ ...day, counted: day.counted + (more.get(dayName(day.deviceId, day.day)) ?? 0) }));
}

function dayName(deviceId: string, day: string): string {
  return `${deviceId}\n${day}`;
}
