import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../../core/errors.ts';

/** Attempts a minute for one account from one address. */
const PER_ACCOUNT = 5;
/** Attempts a minute from one address, whatever the accounts: hashing costs memory and time. */
const PER_ADDRESS = 60;
const WINDOW_SECONDS = 60;

/** Holds back guessing of passwords. */
export class LoginLimit {
  private readonly accounts = new RateLimiterMemory({ points: PER_ACCOUNT, duration: WINDOW_SECONDS });
  private readonly addresses = new RateLimiterMemory({ points: PER_ADDRESS, duration: WINDOW_SECONDS });

  /** Counts an attempt; fails with RATE_LIMITED when there were too many. Sets the `RateLimit-*` headers either way. */
  async attempt(address: string, account: string, setHeader: (name: string, value: string) => void): Promise<void> {
    await this.consume(this.addresses, address, PER_ADDRESS, setHeader);
    await this.consume(this.accounts, nameOf(address, account), PER_ACCOUNT, setHeader);
  }

  /** Forgets the attempts for an account after one that succeeded: only guessing is to be slow. */
  async succeeded(address: string, account: string): Promise<void> {
    await this.accounts.delete(nameOf(address, account));
  }

  private async consume(
    limiter: RateLimiterMemory,
    name: string,
    limit: number,
    setHeader: (name: string, value: string) => void,
  ): Promise<void> {
    const { state, refused } = await limiter.consume(name).then(
      (result) => ({ state: result, refused: false }),
      (thrown: unknown) => {
        if (thrown instanceof RateLimiterRes) return { state: thrown, refused: true };
        throw thrown;
      },
    );
    const resetSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
    setHeader('RateLimit-Limit', String(limit));
    setHeader('RateLimit-Remaining', String(Math.max(0, state.remainingPoints)));
    setHeader('RateLimit-Reset', String(resetSeconds));
    if (!refused) return;
    const message = `There were too many logins for this account from this address (at most ${String(PER_ACCOUNT)} a minute). Wait ${String(resetSeconds)} s.`;
    throw new AppError('RATE_LIMITED', message, { retryable: true, retryAfterSeconds: resetSeconds });
  }
}

function nameOf(address: string, account: string): string {
  return `${address} ${account.toLowerCase()}`;
}
