import { isIPv6 } from 'node:net';
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { AppError } from '../core/errors.ts';
import type { LimiterFactory } from './limiters.ts';

/** Somebody tries to log in. */
export interface LoginAttempt {
  /** Where he is (`placeOf`). */
  place: string;
  /** The name or address that was typed: counted as typed, so that answers do not tell which names belong to one account. */
  account: string;
  /** Whether this account has been logged in to from this place lately. */
  isKnownPlace: boolean;
}

/** Takes the headers that say how much is left. */
export type SetHeader = (name: string, value: string) => void;

/** How long a place stays known after a login. */
export const KNOWN_PLACE_MS = 30 * 86_400_000;

/** Attempts a minute for one account from one place. */
const PACE = { points: 5, seconds: 60 };
/** Attempts a minute from one place, whatever the accounts: hashing costs memory and time. */
const PER_PLACE = { points: 60, seconds: 60 };
/** Failures are remembered for this long. */
const FAILURES_SECONDS = 3_600;
const LONGEST_WAIT_SECONDS = 900;
/** Failures of places that are not known, within a quarter of an hour, after which an account counts as being guessed at. */
const GUESSES = { points: 20, seconds: 900 };
/** What a place that is not known has left then. */
const SLOW = { points: 1, seconds: 900 };

/**
 * Holds back guessing of passwords, without giving anybody the means to lock an account: every wait belongs to one account from one
 * place. An account that is guessed at from many places gives each place that it does not know one attempt in a quarter of an hour, which is
 * enough for whoever knows the password; places from which somebody has logged in are not touched by it.
 */
export class LoginGuard {
  private readonly places: RateLimiterAbstract;
  private readonly pace: RateLimiterAbstract;
  private readonly failures: RateLimiterAbstract;
  private readonly guesses: RateLimiterAbstract;
  private readonly slow: RateLimiterAbstract;

  constructor(limiters: LimiterFactory) {
    this.places = limiters({ name: 'login-place', points: PER_PLACE.points, durationSeconds: PER_PLACE.seconds });
    this.pace = limiters({ name: 'login-pace', points: PACE.points, durationSeconds: PACE.seconds });
    this.failures = limiters({ name: 'login-failures', points: Number.MAX_SAFE_INTEGER, durationSeconds: FAILURES_SECONDS });
    this.guesses = limiters({
      name: 'login-guesses',
      points: GUESSES.points,
      durationSeconds: GUESSES.seconds,
      blockSeconds: GUESSES.seconds,
    });
    this.slow = limiters({ name: 'login-slow', points: SLOW.points, durationSeconds: SLOW.seconds });
  }

  /** Counts an attempt from a place before anything is looked up for it. Fails with RATE_LIMITED. */
  async arrived(place: string, setHeader: SetHeader): Promise<void> {
    await consume({ limiter: this.places, key: place, points: PER_PLACE.points, what: 'from this address' }, setHeader);
  }

  /** Counts an attempt at an account; sets the `RateLimit-*` headers. Fails with RATE_LIMITED when it has to wait. */
  async attempt(attempt: LoginAttempt, setHeader: SetHeader): Promise<void> {
    const key = keyOf(attempt);
    const what = 'for this account from this address';
    await consume({ limiter: this.pace, key, points: PACE.points, what }, setHeader);
    if (attempt.isKnownPlace) return;
    const guesses = await this.guesses.get(accountOf(attempt));
    if (guesses === null || guesses.consumedPoints <= GUESSES.points) return;
    await consume({ limiter: this.slow, key, points: SLOW.points, what }, setHeader);
  }

  /** Counts a failure: from the sixth on each doubles the wait, up to a quarter of an hour. */
  async failed(attempt: LoginAttempt): Promise<void> {
    const key = keyOf(attempt);
    const { consumedPoints: failures } = await this.failures.penalty(key);
    const beyond = failures - PACE.points;
    if (beyond > 0) await this.pace.block(key, Math.min(PACE.seconds * 2 ** Math.min(beyond, 10), LONGEST_WAIT_SECONDS));
    if (!attempt.isKnownPlace) await this.guesses.consume(accountOf(attempt)).catch(ignoreExceeded);
  }

  /** Forgets the attempts at an account from a place after one that succeeded: only guessing is to be slow. */
  async succeeded(attempt: LoginAttempt): Promise<void> {
    const key = keyOf(attempt);
    await Promise.all([this.pace.delete(key), this.failures.delete(key), this.slow.delete(key)]);
  }
}

/** A client's address as it is counted: whoever has one address of IPv6 has the 2^64 of its network. */
export function placeOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').split('%', 1)[0] ?? '';
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array.from({ length: zeros }, () => '0'), ...last].map((group) => group.replace(/^0+(?=.)/, ''));
  return `${groups.slice(0, 4).join(':')}::/64`;
}

interface Counted {
  limiter: RateLimiterAbstract;
  key: string;
  points: number;
  what: string;
}

async function consume({ limiter, key, points, what }: Counted, setHeader: SetHeader): Promise<void> {
  const { state, refused } = await limiter.consume(key).then(
    (result) => ({ state: result, refused: false }),
    (thrown: unknown) => {
      if (thrown instanceof RateLimiterRes) return { state: thrown, refused: true };
      throw thrown;
    },
  );
  const resetSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
  setHeader('RateLimit-Limit', String(points));
  setHeader('RateLimit-Remaining', String(Math.max(0, state.remainingPoints)));
  setHeader('RateLimit-Reset', String(resetSeconds));
  if (!refused) return;
  const message = `There were too many logins ${what}. Wait ${String(resetSeconds)} s; after further failures the wait doubles, up to 15 minutes.`;
  throw new AppError('RATE_LIMITED', message, { retryable: true, retryAfterSeconds: resetSeconds });
}

function ignoreExceeded(thrown: unknown): void {
  if (!(thrown instanceof RateLimiterRes)) throw thrown;
}

function keyOf(attempt: LoginAttempt): string {
  return `${attempt.place} ${accountOf(attempt)}`;
}

function accountOf({ account }: LoginAttempt): string {
  return account.toLowerCase();
}
