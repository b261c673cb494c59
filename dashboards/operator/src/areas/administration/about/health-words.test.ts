import assert from 'node:assert/strict';
import { partState } from './health-words.ts';

describe('the health of a part in words', () => {
  it('tells well, unused and trouble apart', () => {
    assert.deepEqual(partState('ok'), { kind: 'well' });
    assert.deepEqual(partState('not used'), { kind: 'unused' });
    assert.deepEqual(partState('does not answer'), { kind: 'trouble', text: 'does not answer' });
  });
});
