import assert from 'node:assert/strict';
import { retryAll } from './retry-all.ts';

describe('trying several notifications again', () => {
  it('goes one by one, past what fails, and tells what came of it', async () => {
    const seen: string[] = [];
    let underWay = 0;
    const retry = async (id: string): Promise<void> => {
      assert.equal((underWay += 1), 1, 'one at a time');
      await Promise.resolve();
      underWay -= 1;
      seen.push(id);
      if (id === 'b') throw new Error('it is pending');
    };
    const progress: number[] = [];
    const result = await retryAll(['a', 'b', 'c'], retry, {
      reasonOf: (problem) => (problem as Error).message,
      onProgress: (done) => progress.push(done),
    });
    assert.deepEqual(
      [seen, progress],
      [
        ['a', 'b', 'c'],
        [1, 2, 3],
      ],
    );
    assert.deepEqual(result, { done: 2, failures: [{ id: 'b', reason: 'it is pending' }] });
  });
});
