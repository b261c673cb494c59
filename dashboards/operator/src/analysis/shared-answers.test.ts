import assert from 'node:assert/strict';
import { Pace } from './pace.ts';
import { SharedAnswers } from './shared-answers.ts';

function sharing() {
  let nowMs = 5_000_000;
  let sent = 0;
  const pace = new Pace({ most: 1_000, perMs: 60_000, nowMs: () => nowMs, pause: () => Promise.resolve() });
  const answers = new SharedAnswers<number>(pace, () => nowMs);
  const send = (): Promise<number> => Promise.resolve((sent += 1));
  return {
    answers,
    send,
    pass: (ms: number) => (nowMs += ms),
    ask: (question: string) => answers.ask(question, { freshMs: 60_000, send }),
  };
}

describe('shared answers', () => {
  it('send one request for equal questions at the same time and a moment later', async () => {
    const { ask, pass } = sharing();
    assert.deepEqual(await Promise.all([ask('a'), ask('a'), ask('b')]), [1, 1, 2]);
    pass(59_999);
    assert.equal(await ask('a'), 1);
    pass(1);
    assert.equal(await ask('a'), 3);
  });

  it('do not keep a refusal', async () => {
    const { answers, ask } = sharing();
    const refused = { freshMs: 60_000, send: () => Promise.reject(new Error('no')) };
    await assert.rejects(answers.ask('a', refused), /no/);
    assert.equal(await ask('a'), 1);
  });

  it('forget the oldest of very many', async () => {
    const { ask } = sharing();
    for (let n = 0; n < 201; n += 1) await ask(String(n));
    assert.equal(await ask('200'), 201);
    assert.equal(await ask('0'), 202);
  });
});
