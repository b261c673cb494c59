import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Me, Tokens } from '../../../../src/contracts/auth.ts';
import type { Permission } from '../../../../src/core/permissions.ts';
import { send } from '../api/http-client.ts';
import type { ApiRequest } from '../api/http-client.ts';
import { ApiError } from '../api/problem.ts';
import { localNowMs } from '../clock.ts';
import { browserTokenStore, exclusivelyInBrowser, watchSignOutElsewhere } from './browser-storage.ts';
import { TokenKeeper } from './token-keeper.ts';
import type { Renewal } from './token-keeper.ts';

/** Whether somebody is signed in: not known yet, nobody, or somebody. */
export type SessionState = 'unknown' | 'signed-out' | 'signed-in';

/** How soon a renewal that found no server is tried again. */
const RETRY_MS = 5_000;
/** Timers of a sleeping machine are late; renewing is never planned closer than this. */
const SHORTEST_PLAN_MS = 1_000;

/** Who is signed in, and the only way to talk to the API as that person. */
export const useSession = defineStore('session', () => {
  const state = ref<SessionState>('unknown');
  const me = ref<Me>();
  /** True while a session waits to be continued because the server does not answer. */
  const isServerAway = ref(false);
  let resuming: Promise<void> | undefined;
  const mustChangePassword = computed(() => me.value?.must_change_password === true);
  const renewedListeners = new Set<(token: string) => void>();
  let planned: ReturnType<typeof setTimeout> | undefined;

  const tokens = new TokenKeeper({
    store: browserTokenStore,
    refresh: (refreshToken) => send<Tokens>({ method: 'POST', path: '/auth/refresh', body: { refresh_token: refreshToken } }),
    exclusively: exclusivelyInBrowser,
    nowMs: localNowMs,
    onRenewed: (token) => {
      renewedListeners.forEach((listener) => listener(token));
      plan(tokens.untilRenewalMs());
    },
    onEnded: end,
  });
  watchSignOutElsewhere(end);

  /** Sends a request as the signed-in person. A refused token is renewed once; if that is refused too, the session is over. */
  async function request<Result>(what: Omit<ApiRequest, 'token'>): Promise<Result> {
    const token = await tokens.accessToken();
    if (token === undefined) throw unauthenticated();
    try {
      return await send<Result>({ ...what, token });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      return await send<Result>({ ...what, token: await renewedToken(error) });
    }
  }

  async function renewedToken(refusal: ApiError): Promise<string> {
    const renewal = await renew();
    const token = renewal === 'renewed' ? await tokens.accessToken() : undefined;
    if (token === undefined) throw refusal;
    return token;
  }

  function unauthenticated(): ApiError {
    if (tokens.hasSession) return new ApiError(0, { code: 'UNREACHABLE', detail: 'The server did not answer.' });
    return new ApiError(401, { code: 'UNAUTHENTICATED', detail: 'The session is over. Please sign in again.' });
  }

  /** Renews the tokens now; tries again by itself when the server is away. */
  async function renew(): Promise<Renewal> {
    const renewal = await tokens.renew();
    if (renewal === 'unavailable') plan(RETRY_MS);
    return renewal;
  }

  function plan(delayMs: number): void {
    clearTimeout(planned);
    if (tokens.hasSession) planned = setTimeout(() => void renew(), Math.max(SHORTEST_PLAN_MS, delayMs));
  }

  /** Continues the session of an earlier visit, if there is one; resolves when it is known whether there is. */
  async function resume(): Promise<void> {
    while (state.value === 'unknown') {
      try {
        if (await isResumed()) await loadMe();
        else end();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        isServerAway.value = true;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  async function isResumed(): Promise<boolean> {
    if (!tokens.hasSession) return false;
    const renewal = await renew();
    if (renewal === 'unavailable') throw unauthenticated();
    return renewal === 'renewed';
  }

  /** Resolves when it is known whether somebody is signed in. */
  function ready(): Promise<void> {
    resuming ??= resume();
    return resuming;
  }

  async function login(username: string, password: string): Promise<void> {
    const answer = await send<Tokens>({ method: 'POST', path: '/auth/login', body: { username, password } });
    await enter(answer);
  }

  async function enter(answer: Tokens): Promise<void> {
    tokens.adopt(answer);
    await loadMe();
  }

  async function loadMe(): Promise<void> {
    me.value = await request<Me>({ method: 'GET', path: '/auth/me' });
    state.value = 'signed-in';
  }

  /** Changes the password; the server ends all sessions of the person, so this one is opened anew with the new password. */
  async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
    const username = me.value?.username ?? '';
    const body = { current_password: currentPassword, new_password: newPassword };
    const answer = await request<Tokens | undefined>({ method: 'PUT', path: '/auth/password', body });
    if (answer?.access_token === undefined) await login(username, newPassword);
    else await enter(answer);
  }

  /** Signs out: here at once, at the server if it can be reached. */
  async function logout(): Promise<void> {
    const token = await tokens.accessToken();
    const body = { refresh_token: browserTokenStore.read() };
    end();
    if (token === undefined) return;
    try {
      await send({ method: 'POST', path: '/auth/logout', body, token });
    } catch (error) {
      // The tokens are gone from this browser either way, and those at the server expire by themselves.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  function end(): void {
    clearTimeout(planned);
    tokens.clear();
    me.value = undefined;
    state.value = 'signed-out';
  }

  function may(permission: Permission): boolean {
    return me.value?.permissions.includes(permission) === true;
  }

  function onRenewed(listener: (token: string) => void): void {
    renewedListeners.add(listener);
  }

  const accessToken = (): Promise<string | undefined> => tokens.accessToken();
  return { state, me, isServerAway, mustChangePassword, request, renew, ready, login, changePassword, logout, may, onRenewed, accessToken };
});
