import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Tokens } from '../../../../src/contracts/auth.ts';
import { ApiError } from '../api/problem.ts';
import { TokenKeeper } from './token-keeper.ts';
import type { KeptTokens } from './token-keeper.ts';

/** A server that rotates refresh tokens and ends the session when a spent one comes back. */
function rotatingServer() {
  let issued = 0;
  const state = { valid: 'refresh-0', calls: 0, failure: undefined as ApiError | undefined };
  const refresh = (token: string): Promise<Tokens> => {
    state.calls += 1;
    if (state.failure !== undefined) return Promise.reject(state.failure);
    if (token !== state.valid) return Promise.reject(new ApiError(401, { code: 'UNAUTHENTICATED', detail: 'reused' }));
    issued += 1;
    state.valid = `refresh-${String(issued)}`;
    return Promise.resolve(tokens(issued));
  };
  return { state, refresh };
}

function tokens(n: number): Tokens {
  return {
    access_token: `access-${String(n)}`,
    token_type: 'Bearer',
    expires_in: 900,
    refresh_token: `refresh-${String(n)}`,
    must_change_password: false,
  };
}

/** One browser: storage and lock are shared by its tabs. The session it comes back to has expired. */
function browser(server: ReturnType<typeof rotatingServer>) {
  let stored: KeptTokens | undefined = { access_token: 'access-0', refresh_token: 'refresh-0', expires_at_ms: 0 };
  let queue: Promise<unknown> = Promise.resolve();
  const clock = { nowMs: 1_000 };
  const told: string[] = [];
  const store = {
    read: () => stored,
    write: (kept: KeptTokens) => {
      stored = kept;
    },
    clear: () => {
      if (stored !== undefined) told.push('cleared');
      stored = undefined;
    },
    markRefused: () => told.push('refused'),
  };
  const exclusively = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = queue.then(work);
    queue = mine;
    return mine;
  };
  const options = {
    store,
    refresh: server.refresh,
    exclusively,
    nowMs: () => clock.nowMs,
    onRenewed: (token: string) => told.push(token),
    onEnded: () => told.push('ended'),
  };
  return { clock, store, told, openTab: () => new TokenKeeper(options) };
}

describe('keeping a session alive', () => {
  it('continues a session that has expired in the meantime', async () => {
    const tab = browser(rotatingServer()).openTab();
    assert.equal(tab.hasSession, true);
    assert.equal(await tab.accessToken(), 'access-1');
  });

  it('reloads and new tabs use the token that is still good', async () => {
    const server = rotatingServer();
    const { told, openTab } = browser(server);
    assert.equal(await openTab().accessToken(), 'access-1');
    assert.equal(await openTab().accessToken(), 'access-1');
    assert.equal(server.state.calls, 1);
    assert.deepEqual(told, ['access-1', 'access-1']);
  });

  it('asks once for many requests at the same time', async () => {
    const server = rotatingServer();
    const tab = browser(server).openTab();
    assert.deepEqual(await Promise.all([tab.accessToken(), tab.accessToken(), tab.renew()]), ['access-1', 'access-1', 'renewed']);
    assert.equal(server.state.calls, 1);
  });

  it('renews before the token expires, not at every request', async () => {
    const server = rotatingServer();
    const { clock, told, openTab } = browser(server);
    const tab = openTab();
    await tab.accessToken();
    clock.nowMs = 800_000;
    assert.equal(await tab.accessToken(), 'access-1');
    clock.nowMs = 885_000;
    assert.equal(await tab.accessToken(), 'access-2');
    assert.equal(server.state.calls, 2);
    assert.deepEqual(told, ['access-1', 'access-2']);
  });

  it('a tab takes over what another one renewed', async () => {
    const server = rotatingServer();
    const { clock, openTab } = browser(server);
    const [first, second] = [openTab(), openTab()];
    await first.accessToken();
    await second.accessToken();
    clock.nowMs = 860_000;
    assert.deepEqual(await Promise.all([first.renew(), second.renew()]), ['renewed', 'renewed']);
    assert.equal(server.state.calls, 2);
    assert.deepEqual([await first.accessToken(), await second.accessToken()], ['access-2', 'access-2']);
  });

  it('renews a token that was refused although it looks good', async () => {
    const tab = browser(rotatingServer()).openTab();
    await tab.accessToken();
    assert.equal(await tab.renew(), 'renewed');
    assert.equal(await tab.accessToken(), 'access-2');
  });

  it('a server that is away signs nobody out', async () => {
    const server = rotatingServer();
    const { store, openTab } = browser(server);
    const tab = openTab();
    server.state.failure = new ApiError(0, { code: 'UNREACHABLE', detail: 'away' });
    assert.equal(await tab.renew(), 'unavailable');
    assert.equal(store.read()?.refresh_token, 'refresh-0');
    server.state.failure = undefined;
    assert.equal(await tab.renew(), 'renewed');
  });

  it('a refused refresh token ends the session', async () => {
    const server = rotatingServer();
    const { store, told, openTab } = browser(server);
    server.state.valid = 'another';
    const tab = openTab();
    assert.equal(await tab.renew(), 'ended');
    assert.deepEqual(told, ['refused', 'cleared', 'ended'], 'the reason is there before the tokens go: other tabs look for it then');
    assert.equal(store.read(), undefined);
    assert.equal(await tab.renew(), 'ended');
    assert.equal(told.filter((one) => one === 'refused').length, 1, 'nobody refused anything the second time');
  });

  it('signing out in one tab ends the other at its next request', async () => {
    const { told, openTab } = browser(rotatingServer());
    const [first, second] = [openTab(), openTab()];
    await second.accessToken();
    first.clear();
    assert.equal(await second.accessToken(), undefined);
    assert.equal(second.hasSession, false);
    assert.equal(told.at(-1), 'ended');
  });
});
