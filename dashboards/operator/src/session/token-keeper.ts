import type { Tokens } from '../../../../src/contracts/auth.ts';
import { ApiError } from '../api/problem.ts';

/** Where the refresh token outlives the page. All tabs of a browser share one. */
export interface RefreshTokenStore {
  read(): string | null;
  write(token: string): void;
  clear(): void;
}

export interface TokenKeeperOptions {
  store: RefreshTokenStore;
  /** Exchanges a refresh token for new tokens; fails with `ApiError`. */
  refresh: (refreshToken: string) => Promise<Tokens>;
  /** Runs `work` while no other tab runs its own: a refresh token may be used once only. */
  exclusively: <Result>(work: () => Promise<Result>) => Promise<Result>;
  nowMs: () => number;
  /** Told of every new access token, however it came about. */
  onRenewed: (accessToken: string) => void;
  /** Told when the server has refused to continue the session. */
  onEnded: () => void;
}

/** What became of an attempt to renew: there is a good token, the session is over, or nobody answered. */
export type Renewal = 'renewed' | 'ended' | 'unavailable';

/** A token with less life than this is renewed before it is used. */
const MIN_REMAINING_MS = 20_000;

/**
 * Keeps the tokens of one signed-in person. The access token is in memory only. The refresh token is in the store, because
 * a wall screen or a phone must come back by itself after a reload, and because all tabs have to use the same one: the
 * server takes the reuse of a spent token for theft and ends the session everywhere.
 */
export class TokenKeeper {
  private readonly options: TokenKeeperOptions;
  private access: { token: string; expiresAtMs: number } | undefined;
  private renewing: Promise<Renewal> | undefined;

  constructor(options: TokenKeeperOptions) {
    this.options = options;
  }

  /** True when a session may be there to be continued. */
  get hasSession(): boolean {
    return this.options.store.read() !== null;
  }

  /** Takes over the tokens of a login, a renewal or a password change. */
  adopt(tokens: Pick<Tokens, 'access_token' | 'expires_in' | 'refresh_token'>): void {
    this.access = { token: tokens.access_token, expiresAtMs: this.options.nowMs() + tokens.expires_in * 1_000 };
    this.options.store.write(tokens.refresh_token);
    this.options.onRenewed(tokens.access_token);
  }

  /** Forgets everything: the person signed out, or the session is over. */
  clear(): void {
    this.access = undefined;
    this.options.store.clear();
  }

  /** The token to use now, renewed first when it is about to expire; undefined when there is none to be had. */
  async accessToken(): Promise<string | undefined> {
    if (this.access === undefined || this.remainingMs() < MIN_REMAINING_MS) await this.renew();
    return this.access?.token;
  }

  /** Milliseconds until the access token should be renewed ahead of time; 0 when it is due. */
  untilRenewalMs(): number {
    return Math.max(0, this.remainingMs() - 3 * MIN_REMAINING_MS);
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
    // Read inside the lock: another tab may just have exchanged the token this one knew.
    const refreshToken = this.options.store.read();
    if (refreshToken === null) return this.ended();
    try {
      this.adopt(await this.options.refresh(refreshToken));
      return 'renewed';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Only a clear refusal ends the session. A server that restarts or a lost network must not sign anybody out.
      if (error.status !== 401 && error.status !== 403 && error.status !== 400) return 'unavailable';
      return this.ended();
    }
  }

  private ended(): Renewal {
    this.clear();
    this.options.onEnded();
    return 'ended';
  }

  private remainingMs(): number {
    return this.access === undefined ? 0 : this.access.expiresAtMs - this.options.nowMs();
  }
}
