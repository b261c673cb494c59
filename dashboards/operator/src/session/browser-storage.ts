import type { KeptTokens, TokenStore } from './token-keeper.ts';

const TOKEN_KEY = 'insa.session';
const REFUSED_KEY = 'insa.signed-out';
const LOCK_NAME = 'insa.renewal';
/** Other tabs may be other processes of the browser: what one writes into localStorage reaches them a moment after the lock does. */
const SETTLE_MS = 250;
const LEASE_KEY = 'insa.renewal-lease';
const LEASE_MS = 10_000;
const LEASE_POLL_MS = 60;

/** The tokens in localStorage, so that every tab of the browser continues the same session. */
export const browserTokenStore: TokenStore = {
  read: () => parseTokens(localStorage.getItem(TOKEN_KEY)),
  write: (tokens) => {
    localStorage.removeItem(REFUSED_KEY);
    localStorage.setItem(TOKEN_KEY, JSON.stringify(tokens));
  },
  clear: () => localStorage.removeItem(TOKEN_KEY),
  markRefused: () => localStorage.setItem(REFUSED_KEY, 'by-server'),
};

function parseTokens(text: string | null): KeptTokens | undefined {
  if (text === null) return undefined;
  try {
    const kept = JSON.parse(text) as Partial<Record<keyof KeptTokens, unknown>> | null;
    const { access_token, refresh_token, expires_at_ms } = kept ?? {};
    if (typeof access_token !== 'string' || typeof refresh_token !== 'string' || typeof expires_at_ms !== 'number') return undefined;
    return { access_token, refresh_token, expires_at_ms };
  } catch {
    // Somebody wrote something else under our name; signing in again repairs it.
    return undefined;
  }
}

/** True when it was the server that ended the last session of this browser. */
export function wasRefused(): boolean {
  return localStorage.getItem(REFUSED_KEY) !== null;
}

/** Calls `onEnded` when another tab signs out, or learns that the server has ended the session. */
export function watchSignOutElsewhere(onEnded: () => void): void {
  addEventListener('storage', (event) => {
    if (event.storageArea === localStorage && (event.key === TOKEN_KEY || event.key === null) && event.newValue === null) onEnded();
  });
}

/**
 * Runs `work` while no other tab of this browser runs its own. The browser's locks exist only on HTTPS and localhost; a
 * plant network often has plain HTTP, where a lease in localStorage does the same.
 */
export function exclusivelyInBrowser<Result>(work: () => Promise<Result>): Promise<Result> {
  return 'locks' in navigator ? withLock(work) : withLease(work);
}

/** The caller has the result at once; the lock is kept until other tabs can read what was written. */
function withLock<Result>(work: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(LOCK_NAME, async () => {
      await work().then(resolve, reject);
      await pause(SETTLE_MS);
    });
    held.catch(reject);
  });
}

async function withLease<Result>(work: () => Promise<Result>): Promise<Result> {
  const bytes = crypto.getRandomValues(new Uint32Array(2));
  const owner = bytes.join('-');
  await acquireLease(owner);
  try {
    return await work();
  } finally {
    if (readLease().owner === owner) localStorage.removeItem(LEASE_KEY);
  }
}

async function acquireLease(owner: string): Promise<void> {
  const now = (): number => performance.timeOrigin + performance.now();
  for (;;) {
    if (readLease().untilMs < now()) {
      localStorage.setItem(LEASE_KEY, `${owner} ${String(now() + LEASE_MS)}`);
      await pause(LEASE_POLL_MS);
      // Two tabs may have written at once; the last one to write has it.
      if (readLease().owner === owner) return;
    }
    await pause(LEASE_POLL_MS);
  }
}

function readLease(): { owner: string; untilMs: number } {
  const [owner = '', until = '0'] = (localStorage.getItem(LEASE_KEY) ?? '').split(' ');
  return { owner, untilMs: Number(until) };
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
