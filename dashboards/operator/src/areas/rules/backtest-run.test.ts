import assert from 'node:assert/strict';
import type { Backtest, BacktestResult } from '../../../../../src/contracts/backtest.ts';
import type { RuleInput } from '../../../../../src/contracts/stored-rules.ts';
import { ApiError } from '../../api/problem.ts';
import type { Requester } from '../../api/resources.ts';
import { runBacktest } from './backtest-run.ts';

const RULE: RuleInput = {
  name: 'Hot',
  rule_type: 'threshold',
  severity: 'warning',
  conditions: { key: 't', operator: '>', value: 80 },
  actions: [{ type: 'flow', entry: 'x' }],
  enabled: false,
};
const QUESTION = { rule: RULE, comparedWith: RULE, deviceId: 'pump', startMs: 0, endMs: 60_000 };
const STATE: Backtest = { id: 'id', status: 'running', progress: 0, ahead: null, error: null, result: null };
const RESULT = { points: 1 } as unknown as BacktestResult;

/** A server that gives these answers one after the other, and remembers what it was asked. */
function server(answers: (Backtest | ApiError)[]) {
  const asked: { name: string; input: unknown }[] = [];
  const request = ((name: string, input: unknown) => {
    asked.push({ name, input });
    const answer = answers.shift();
    return answer instanceof ApiError ? Promise.reject(answer) : Promise.resolve(answer);
  }) as Requester;
  return { asked, request };
}

describe('running a backtest', () => {
  const told: unknown[] = [];
  const watch = (isWanted = () => true) => ({
    progress: (state: unknown) => told.push(state),
    isWanted,
    pause: () => Promise.resolve(),
  });
  beforeEach(() => told.splice(0));

  it('sends what judges alone, and waits for the end', async () => {
    const { asked, request } = server([
      { ...STATE, ahead: 2 },
      { ...STATE, progress: 0.5 },
      { ...STATE, status: 'done', result: RESULT },
    ]);
    assert.deepEqual(await runBacktest(request, QUESTION, watch()), { kind: 'done', result: RESULT });
    assert.deepEqual(told, [
      { share: 0, ahead: 2 },
      { share: 0.5, ahead: 0 },
    ]);
    const { actions: _actions, ...judged } = { ...RULE, enabled: true };
    assert.deepEqual(asked[0], {
      name: 'POST /rules/backtest',
      input: {
        body: {
          rule: judged,
          compare_with: { rule: judged },
          device_id: 'pump',
          start: '1970-01-01T00:00:00.000Z',
          end: '1970-01-01T00:01:00.000Z',
          wait_seconds: 0.7,
        },
      },
    });
  });

  it('ends it on the server when nobody waits any more, even when it has ended there meanwhile', async () => {
    const gone = new ApiError(404, { code: 'NOT_FOUND', detail: 'gone' });
    const { asked, request } = server([STATE, gone]);
    assert.deepEqual(
      await runBacktest(
        request,
        QUESTION,
        watch(() => false),
      ),
      { kind: 'cancelled' },
    );
    assert.equal(asked.at(-1)?.name, 'DELETE /rules/backtests/{id}');
  });

  it('tells why one failed, and throws what the server refuses', async () => {
    const failed = await runBacktest(server([{ ...STATE, status: 'failed', error: 'The database went away.' }]).request, QUESTION, watch());
    assert.deepEqual(failed, { kind: 'failed', reason: 'The database went away.' });
    const refused = new ApiError(403, { code: 'FORBIDDEN', detail: 'no' });
    await assert.rejects(runBacktest(server([refused]).request, QUESTION, watch()), refused);
  });
});
