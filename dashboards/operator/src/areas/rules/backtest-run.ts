import type { Backtest, BacktestResult } from '../../../../../src/contracts/backtest.ts';
import type { RuleInput } from '../../../../../src/contracts/stored-rules.ts';
import { ApiError } from '../../api/problem.ts';
import type { Requester } from '../../api/resources.ts';

/** What is tried: a rule on the past of a device or of all in its scope, beside another wording of it. */
export interface BacktestQuestion {
  rule: RuleInput;
  comparedWith: RuleInput | undefined;
  deviceId: string | undefined;
  startMs: number;
  endMs: number;
}

export type BacktestOutcome = { kind: 'done'; result: BacktestResult } | { kind: 'cancelled' } | { kind: 'failed'; reason: string };

/** What is told while it runs. */
export interface BacktestWatch {
  /** `ahead`: how many start before it. */
  progress(state: { share: number; ahead: number }): void;
  /** False once nobody waits for it any more: then it is ended on the server. */
  isWanted(): boolean;
  pause(ms: number): Promise<void>;
}

/** What is quick is answered at once. */
const WAIT_SECONDS = 0.7;
const POLL_MS = 300;

/** Runs a backtest to its end. Throws `ApiError` for what the server refuses. */
export async function runBacktest(request: Requester, question: BacktestQuestion, watch: BacktestWatch): Promise<BacktestOutcome> {
  let state: Backtest = await request('POST /rules/backtest', { body: bodyOf(question) });
  for (;;) {
    if (!watch.isWanted()) {
      if (state.status === 'running') await end(request, state.id);
      return { kind: 'cancelled' };
    }
    switch (state.status) {
      case 'done':
        return state.result === null ? { kind: 'failed', reason: '' } : { kind: 'done', result: state.result };
      case 'failed':
        return { kind: 'failed', reason: state.error ?? '' };
      case 'cancelled':
        return { kind: 'cancelled' };
      case 'running':
        watch.progress({ share: state.progress, ahead: state.ahead ?? 0 });
        await watch.pause(POLL_MS);
        if (watch.isWanted()) state = await request('GET /rules/backtests/{id}', { params: { id: state.id } });
    }
  }
}

/** One that has ended meanwhile, or that the server does not know any more, needs no end. */
async function end(request: Requester, id: string): Promise<void> {
  try {
    await request('DELETE /rules/backtests/{id}', { params: { id } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
}

function bodyOf({ rule, comparedWith, deviceId, startMs, endMs }: BacktestQuestion) {
  return {
    rule: judging(rule),
    start: new Date(startMs).toISOString(),
    end: new Date(endMs).toISOString(),
    wait_seconds: WAIT_SECONDS,
    ...(deviceId === undefined ? {} : { device_id: deviceId }),
    ...(comparedWith === undefined ? {} : { compare_with: { rule: judging(comparedWith) } }),
  };
}

/** A rule without what only follows from its decisions: it can be tried before its name and its actions are right. */
export function judging(rule: RuleInput): RuleInput {
  const { actions: _actions, ...rest } = rule;
  return { ...rest, enabled: true };
}
