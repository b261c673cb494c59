import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { AccountChecks, AccountLook, CountedDay } from '../../storage/repositories/account-checks.ts';
import { differencesOf, untold } from './differences.ts';
import type { AccountDifference } from './differences.ts';
import { StepLoop } from '../step-loop.ts';
import { readEntry } from './entry.ts';

/** What the reconciliation works with. */
export interface ReconcilerOptions {
  checks: Pick<AccountChecks, 'look' | 'note' | 'differing' | 'forgetDays'>;
  clock: Clock;
  logger: Logger;
  /** Readings older than so many whole days are dropped; undefined: never. */
  retentionDays: number | undefined;
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
  private readonly looks: StepLoop;
  /** Differences that the log has; never more than there are. */
  private told: ReadonlySet<string> = new Set();
  private known: AccountsState = { unbalanced: [], judgingLagMs: 0, pendingCommits: 0, recentlyMissing: 0 };

  constructor(options: ReconcilerOptions) {
    this.options = options;
    this.looks = new StepLoop({
      step: () => this.look().then(() => false),
      pauseMs: (_more, tookMs) => Math.max(INTERVAL_MS, tookMs * PAUSE),
      logger: options.logger,
      part: 'accounts',
      failedMessage: 'The accounts could not be compared; it is tried again.',
    });
  }

  /** What the last look found. */
  get state(): AccountsState {
    return this.known;
  }

  /** Begins; may be called twice. */
  start(): void {
    this.looks.start();
  }

  /** Ends after the look that is under way. */
  stop(): Promise<void> {
    return this.looks.stop();
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
