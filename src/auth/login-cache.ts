import type { Clock } from '../core/clock.ts';
import type { ActiveLogin } from '../storage/repositories/tokens.ts';

/** How long a look into the database is trusted. Changes made by this process count at once. */
const TRUSTED_MS = 30_000;
const MAX_LOGINS = 10_000;

/** The logins that were checked lately, so that not every request asks the database. */
export class LoginCache {
  private readonly clock: Clock;
  private readonly load: (loginId: string) => Promise<ActiveLogin | undefined>;
  private readonly logins = new Map<string, { login: ActiveLogin | undefined; checkedAtMs: number }>();
  private generation = 0;

  constructor(clock: Clock, load: (loginId: string) => Promise<ActiveLogin | undefined>) {
    this.clock = clock;
    this.load = load;
  }

  /** The login while it is good. */
  async get(loginId: string): Promise<ActiveLogin | undefined> {
    const nowMs = this.clock.nowMs();
    const known = this.logins.get(loginId);
    if (known !== undefined && nowMs - known.checkedAtMs < TRUSTED_MS) return stillGood(known.login, nowMs);
    for (;;) {
      const { generation } = this;
      const login = await this.load(loginId);
      // A login that ended, or whose rights changed, while it was being looked up must not come back through the answer of before.
      if (generation !== this.generation) continue;
      this.remember(loginId, login, nowMs);
      return login;
    }
  }

  /** Forgets what was known of a login: the next use asks the database. */
  forget(loginId: string): void {
    this.generation += 1;
    this.logins.delete(loginId);
  }

  /** Forgets every login of a person; answers those that were known. */
  forgetPerson(userId: string): string[] {
    this.generation += 1;
    const found = [...this.logins].filter(([, { login }]) => login?.userId === userId).map(([loginId]) => loginId);
    for (const loginId of found) this.logins.delete(loginId);
    return found;
  }

  private remember(loginId: string, login: ActiveLogin | undefined, nowMs: number): void {
    this.logins.delete(loginId);
    const oldest = this.logins.keys().next();
    if (this.logins.size >= MAX_LOGINS && oldest.done !== true) this.logins.delete(oldest.value);
    this.logins.set(loginId, { login, checkedAtMs: nowMs });
  }
}

function stillGood(login: ActiveLogin | undefined, nowMs: number): ActiveLogin | undefined {
  return login !== undefined && login.expiresAtMs > nowMs ? login : undefined;
}
