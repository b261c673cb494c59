import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from '../storage/database.ts';
import { loginsRevokedSince, revokeLoginsOfDisabled } from '../storage/repositories/tokens.ts';
import type { SessionService } from './session-service.ts';

/** What the watch looks at, and whom it tells. */
export interface RevocationWatchDeps {
  database: Database;
  sessions: Pick<SessionService, 'endedElsewhere' | 'onLoginEnded'>;
  clock: Clock;
  logger: Logger;
}

const LOOK_MS = 5_000;
/** Ends are looked for this far back: another machine's clock may be late, and a transaction long. */
const BACK_MS = 120_000;

/**
 * Ends here what another process has ended in the database (`npm run reset-admin`, another instance), and the logins of people who were
 * disabled there by hand: without it open connections would go on until their token expires. `start` and `stop` may be repeated.
 */
export class RevocationWatch {
  private readonly deps: RevocationWatchDeps;
  /** When connections of a login were last ended here. */
  private readonly known = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(deps: RevocationWatchDeps) {
    this.deps = deps;
  }

  start(): void {
    this.unsubscribe ??= this.deps.sessions.onLoginEnded((loginId) => this.known.set(loginId, this.deps.clock.nowMs()));
    this.timer ??= setInterval(() => void this.look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.unsubscribe?.();
    this.unsubscribe = undefined;
  }

  /** Ends what was ended elsewhere since the last look. */
  async look(): Promise<void> {
    const { database, sessions, clock, logger } = this.deps;
    const nowMs = clock.nowMs();
    try {
      // Written down rather than only noticed, so that every instance ends them and none ends them twice.
      await revokeLoginsOfDisabled(database.system, nowMs);
      for (const login of await loginsRevokedSince(database.system, nowMs - BACK_MS)) {
        const knownAtMs = this.known.get(login.loginId);
        if (knownAtMs === undefined || knownAtMs < login.revokedAtMs) sessions.endedElsewhere(login);
      }
      for (const [loginId, atMs] of this.known) if (nowMs - atMs > 2 * BACK_MS) this.known.delete(loginId);
    } catch (error) {
      logger.debug({ part: 'logins', reason: messageOf(error) }, 'Ended logins could not be looked for; they are looked for again.');
    }
  }
}
