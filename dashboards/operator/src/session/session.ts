import { ref, shallowRef } from 'vue';
import type { Me } from '../../../../src/contracts/auth.ts';
import type { Permission } from '../../../../src/core/permissions.ts';
import { send } from '../api/http-client.ts';
import type { Answer, Endpoint, Input } from '../api/http-client.ts';
import { ApiError, noAnswer, sessionOver } from '../api/problem.ts';
import { localNowMs } from '../clock.ts';
import { browserTokenStore, exclusivelyInBrowser, wasRefused, watchSignOutElsewhere } from './browser-storage.ts';
import { TokenKeeper } from './token-keeper.ts';
import type { Renewal } from './token-keeper.ts';

/** Whether somebody is signed in: not known yet, nobody, or somebody. */
export type SessionState = 'unknown' | 'signed-out' | 'signed-in';

/** How soon a renewal that found no server is tried again. */
const RETRY_MS = 5_000;
/** Timers of a sleeping machine are late; renewing is never planned closer than this. */
const SHORTEST_PLAN_MS = 1_000;

/** Who is signed in, and the only way to talk to the API as that person. */
export class Session {
  readonly state = ref<SessionState>('unknown');
  readonly me = shallowRef<Me>();
  /** True when it was the server that ended the last session of this page: the person has to be told. */
  readonly isRefused = ref(false);
  /** True while a session waits to be continued because the server does not answer. */
  readonly isServerAway = ref(false);
  private readonly tokens: TokenKeeper;
  private readonly renewedListeners = new Set<(token: string) => void>();
  private planned: ReturnType<typeof setTimeout> | undefined;
  private resuming: Promise<void> | undefined;
  private refreshing: Promise<void> | undefined;

  constructor() {
    this.tokens = new TokenKeeper({
      store: browserTokenStore,
      refresh: (refreshToken) => send('POST /auth/refresh', { body: { refresh_token: refreshToken } }),
      exclusively: exclusivelyInBrowser,
      nowMs: localNowMs,
      onRenewed: (token) => this.renewed(token),
      // Whichever tab asked the server: all of them tell the person.
      onEnded: () => this.end(wasRefused()),
    });
    watchSignOutElsewhere(() => this.end(wasRefused()));
  }

  /** Resolves when it is known whether somebody is signed in; waits for a server that is away. */
  ready(): Promise<void> {
    this.resuming ??= this.resume();
    return this.resuming;
  }

  /** The token to present to the server now, or undefined. */
  accessToken(): Promise<string | undefined> {
    return this.tokens.accessToken();
  }

  /** Sends a request as the signed-in person. A refused token is renewed once; if that is refused too, the session is over. */
  async request<Name extends Endpoint>(name: Name, input: Input<Name>): Promise<Answer<Name>> {
    const token = await this.tokens.accessToken();
    if (token === undefined) throw this.noToken();
    try {
      return await send(name, input, token);
    } catch (error) {
      // Somebody has changed what this person may do: the page must not go on offering it.
      if (error instanceof ApiError && error.status === 403) void this.refreshMe();
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      const renewal = await this.renew();
      const newToken = renewal === 'renewed' ? await this.tokens.accessToken() : undefined;
      if (newToken === undefined) throw error;
      return await send(name, input, newToken);
    }
  }

  /** Renews the tokens now; tries again by itself when the server is away. */
  async renew(): Promise<Renewal> {
    const renewal = await this.tokens.renew();
    if (renewal === 'unavailable') this.plan(RETRY_MS);
    return renewal;
  }

  /** Signs in. Throws `ApiError`: 401 for a wrong name or password, 429 with the time to wait. */
  async login(username: string, password: string): Promise<void> {
    this.tokens.adopt(await send('POST /auth/login', { body: { username, password } }));
    await this.loadMe();
  }

  /** Changes the password. The server ends all sessions of the person and answers the tokens of a new one. */
  async changePassword(currentPassword: string, newPassword: string): Promise<void> {
    const body = { current_password: currentPassword, new_password: newPassword };
    this.tokens.adopt(await this.request('PUT /auth/password', { body }));
    await this.loadMe();
  }

  /** Signs out: here at once, at the server if it can be reached. */
  async logout(): Promise<void> {
    const token = await this.tokens.accessToken();
    const refreshToken = browserTokenStore.read()?.refresh_token ?? null;
    this.end();
    if (token === undefined) return;
    try {
      await send('POST /auth/logout', { body: { refresh_token: refreshToken } }, token);
    } catch (error) {
      // The tokens are gone from this browser either way, and those at the server expire by themselves.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** Reads again who the person is and what he may do. Never fails: without an answer stays what is known. */
  refreshMe(): Promise<void> {
    if (this.state.value !== 'signed-in') return Promise.resolve();
    this.refreshing ??= this.readMe().finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  /** True when the signed-in person may do this; the API asks again. */
  may(permission: Permission): boolean {
    return this.me.value?.permissions.includes(permission) === true;
  }

  /** Calls `listener` with every new access token from now on. */
  onRenewed(listener: (token: string) => void): void {
    this.renewedListeners.add(listener);
  }

  private async resume(): Promise<void> {
    while (this.state.value === 'unknown') {
      if (!this.tokens.hasSession) {
        this.end();
        return;
      }
      try {
        await this.loadMe();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 401) continue;
        this.isServerAway.value = true;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  private async readMe(): Promise<void> {
    try {
      const me = await this.request('GET /auth/me', {});
      // Whoever signed out meanwhile stays signed out.
      if (this.state.value === 'signed-in' && JSON.stringify(me) !== JSON.stringify(this.me.value)) this.me.value = me;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  private async loadMe(): Promise<void> {
    this.me.value = await this.request('GET /auth/me', {});
    this.state.value = 'signed-in';
    this.isRefused.value = false;
  }

  private noToken(): ApiError {
    return this.tokens.hasSession ? noAnswer() : sessionOver();
  }

  private renewed(token: string): void {
    for (const listener of this.renewedListeners) listener(token);
    this.plan(this.tokens.untilRenewalMs());
  }

  private plan(delayMs: number): void {
    clearTimeout(this.planned);
    this.planned = setTimeout(() => void this.renew(), Math.max(SHORTEST_PLAN_MS, delayMs));
  }

  private end(isRefused = false): void {
    // A second sign of the same end does not take back what the first one said.
    if (this.state.value !== 'signed-out') this.isRefused.value = isRefused;
    clearTimeout(this.planned);
    this.tokens.clear();
    this.me.value = undefined;
    this.state.value = 'signed-out';
  }
}
