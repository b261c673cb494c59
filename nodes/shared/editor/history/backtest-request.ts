import type { Backtest, BacktestResult } from '../../../../src/contracts/backtest.ts';
import type { Problem } from '../../../../src/contracts/common.ts';
import type { AuthoredRule } from '../../../../src/contracts/rules.ts';
import type { RuleForm } from './rule-form.ts';

/** What is asked of POST /rules/backtest. */
export interface BacktestQuestion {
  rule: AuthoredRule;
  device_id?: string;
  start: string;
  end: string;
  compare_with?: { rule: AuthoredRule };
}

export type Outcome = { kind: 'done'; result: BacktestResult } | { kind: 'cancelled' } | { kind: 'failed'; message: string };

/** What is told while it runs. */
export interface Watch {
  /** `ahead`: how many start before it. */
  progress(state: { share: number; ahead: number }): void;
  /** False once nobody looks at it any more: then it is cancelled. */
  isWanted(): boolean;
}

/** The session cookie of the editor's page is good for the API too, from our own origin. */
const API = '/api/v1';
/** What is quick is answered at once. */
const WAIT_SECONDS = 0.7;
const POLL_MS = 300;

/** One backtest on the server: asked for, looked after until it ends, and ended there when it is cancelled. */
export class BacktestRequest {
  private readonly watch: Watch;
  private readonly text: RuleForm['text'];
  private isCancelled = false;

  constructor(watch: Watch, text: RuleForm['text']) {
    this.watch = watch;
    this.text = text;
  }

  /** Ends it on the server as soon as that has named it. */
  cancel(): void {
    this.isCancelled = true;
  }

  /** Never rejects: what goes wrong is told in words. */
  async run(question: BacktestQuestion): Promise<Outcome> {
    try {
      let state = await this.send('POST', '/rules/backtest', { ...question, wait_seconds: WAIT_SECONDS });
      for (;;) {
        const outcome = this.outcomeOf(state);
        if (outcome !== undefined) return outcome;
        if (this.isCancelled || !this.watch.isWanted()) {
          await this.send('DELETE', `/rules/backtests/${state.id}`);
          return { kind: 'cancelled' };
        }
        this.watch.progress({ share: state.progress, ahead: state.ahead ?? 0 });
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        state = await this.send('GET', `/rules/backtests/${state.id}`);
      }
    } catch (error) {
      if (this.isCancelled) return { kind: 'cancelled' };
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }

  private outcomeOf({ status, result, error }: Backtest): Outcome | undefined {
    // Whoever has cancelled does not want to see a result that came all the same.
    if (this.isCancelled && status !== 'running') return { kind: 'cancelled' };
    switch (status) {
      case 'running':
        return undefined;
      case 'done':
        return result === null ? { kind: 'failed', message: '' } : { kind: 'done', result };
      case 'failed':
        return { kind: 'failed', message: error ?? '' };
      case 'cancelled':
        return { kind: 'cancelled' };
    }
  }

  private async send(method: string, path: string, body?: object): Promise<Backtest> {
    const response = await request(method, path, body).catch((error: unknown) => {
      throw new Error(this.text('unreachable', { reason: error instanceof Error ? error.message : String(error) }));
    });
    if (response.ok) return (response.status === 204 ? {} : await response.json()) as Backtest;
    if (response.status === 401) throw new Error(this.text('loginEnded'));
    throw new Error(await problemIn(response));
  }
}

/** When the newest reading of a quantity of a device is from, epoch milliseconds; undefined when that cannot be told. */
export async function newestReadingMs(deviceId: string, key: string): Promise<number | undefined> {
  try {
    const response = await request('GET', `/devices/${encodeURIComponent(deviceId)}/series?limit=500`);
    const { items } = (await response.json()) as { items?: { key: string; last_at: string | null }[] };
    const lastAt = items?.find((series) => series.key === key)?.last_at ?? undefined;
    return lastAt === undefined ? undefined : Date.parse(lastAt);
  } catch {
    // Only a proposal hangs on it.
    return undefined;
  }
}

function request(method: string, path: string, body?: object): Promise<Response> {
  return fetch(API + path, {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** What the API says is wrong: of single fields when it names them. */
async function problemIn(response: Response): Promise<string> {
  const { detail, errors } = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const fields = (errors ?? []).map(({ message }) => message).filter((message) => message !== detail);
  return fields.length > 0 ? fields.join(' ') : (detail ?? `${String(response.status)} ${response.statusText}`);
}
