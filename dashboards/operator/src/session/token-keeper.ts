import type { Tokens } from '../../../../src/contracts/auth.ts';
import { ApiError } from '../api/problem.ts';

/** The tokens of a session as they are kept between visits. */
export interface KeptTokens {
  access_token: string;
  refresh_token: string;
  /** When the access token expires by this machine's clock, epoch milliseconds. */
  expires_at_ms: number;
}

/** Where the tokens outlive the page. All tabs of a browser share one. */
export interface TokenStore {
  read(): KeptTokens | undefined;
  write(tokens: KeptTokens): void;
  clear(): void;
  /** Tells all tabs that it was the server that ends the session. It holds until the next tokens are written. */
  markRefused(): void;
}

/** What a `TokenKeeper` needs from its surroundings. */
export interface TokenKeeperOptions {
  store: TokenStore;
  /** Exchanges a refresh token for new tokens; fails with `ApiError`. */
  refresh: (refreshToken: string) => Promise<Tokens>;
  /** Runs `work` while no other tab runs its own: a refresh token may be used once only. */
  exclusively: <Result>(work: () => Promise<Result>) => Promise<Result>;
  nowMs: () => number;
  /** Told of every new access token, however it came about. */
  onRenewed: (accessToken: string) => void;
  /** Told when the server has refused to continue the session, or another tab has ended it. */
  onEnded: () => void;
}

/** What became of an attempt to renew: there is a good token, the session is over, or nobody answered. */
export type Renewal = 'renewed' | 'ended' | 'unavailable';

/** A token with less life than this is renewed before it is used. */
const MIN_REMAINING_MS = 20_000;
/** Renewing is planned this long before the end, so that a server that restarts at that moment costs nothing. */
const PLANNED_REMAINING_MS = 60_000;

/**
 * Keeps the tokens of one signed-in person, the same ones in all tabs. They are in the store and not in memory alone, because a
 * wall screen or a phone must come back by itself after a reload, and because every renewal avoided is one that cannot be cut
 * short by leaving the page: the server takes the reuse of a spent refresh token for theft and ends the session everywhere.
 */
export class TokenKeeper {
  private readonly options: TokenKeeperOptions;
  private current: KeptTokens | undefined;
  private renewing: Promise<Renewal> | undefined;

  constructor(options: TokenKeeperOptions) {
    this.options = options;
  }

  /** True when a session may be there to be continued. */
  get hasSession(): boolean {
    return this.options.store.read() !== undefined;
  }

  /** Takes over the tokens of a login, a renewal or a password change. */
  adopt(tokens: Pick<Tokens, 'access_token' | 'expires_in' | 'refresh_token'>): void {
    const { access_token, refresh_token, expires_in } = tokens;
    const kept = { access_token, refresh_token, expires_at_ms: this.options.nowMs() + expires_in * 1_000 };
    this.options.store.write(kept);
    this.use(kept);
  }

  /** Forgets everything: the person signed out, or the session is over. */
  clear(): void {
    this.current = undefined;
    this.options.store.clear();
  }

  /** The token to use now, renewed first when it is about to expire; undefined when there is none to be had. */
  async accessToken(): Promise<string | undefined> {
    const kept = this.options.store.read();
    if (kept === undefined) this.current = undefined;
    else if (this.current === undefined && this.remainingMs(kept) >= MIN_REMAINING_MS) this.use(kept);
    if (this.current === undefined || this.remainingMs(this.current) < MIN_REMAINING_MS) await this.renew();
    return this.current?.access_token;
  }

  /** Milliseconds until the access token should be renewed ahead of time; 0 when it is due. */
  untilRenewalMs(): number {
    return this.current === undefined ? 0 : Math.max(0, this.remainingMs(this.current) - PLANNED_REMAINING_MS);
  }

  /** Renews the tokens; calls at the same time share one attempt. */
  renew(): Promise<Renewal> {
    this.renewing ??= this.options
      .exclusively(() => this.renewNow())
      .finally(() => {
        this.renewing = undefined;
      });
    return this.renewing;
  }

  private async renewNow(): Promise<Renewal> {
    // Read inside the lock: another tab may just have renewed what this one holds.
    const kept = this.options.store.read();
    if (kept === undefined) return this.ended('elsewhere');
    if (this.current !== undefined && kept.access_token !== this.current.access_token && this.remainingMs(kept) >= PLANNED_REMAINING_MS) {
      this.use(kept);
      return 'renewed';
    }
    try {
      this.adopt(await this.options.refresh(kept.refresh_token));
      return 'renewed';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Only a clear refusal ends the session. A server that restarts or a lost network must not sign anybody out.
      return error.status === 401 || error.status === 403 || error.status === 400 ? this.ended('server') : 'unavailable';
    }
  }

  private use(kept: KeptTokens): void {
    this.current = kept;
    this.options.onRenewed(kept.access_token);
  }

  private ended(by: 'server' | 'elsewhere'): Renewal {
    // Before the tokens go: other tabs look for the reason when they see that.
    if (by === 'server') this.options.store.markRefused();
    this.clear();
    this.options.onEnded();
    return 'ended';
  }

  private remainingMs(tokens: KeptTokens): number {
    return tokens.expires_at_ms - this.options.nowMs();
  }
}
