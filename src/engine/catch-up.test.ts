import assert from 'node:assert/strict';
import { CatchUp, FLOW_TIME_MS } from './catch-up.ts';

describe('what is judged by now', () => {
  it('is, per lane, what left the ingest node five seconds ago', () => {
    const catchUp = new CatchUp();
    for (const [lane, batch, atMs] of [[0, 1, 0], [0, 2, 1_000], [1, 7, 500]] as const) catchUp.noteEmitted(lane, batch, atMs); // prettier-ignore
    assert.deepEqual([...catchUp.judgedThrough(FLOW_TIME_MS - 1)], []);
    assert.deepEqual([...catchUp.judgedThrough(FLOW_TIME_MS)], [[0, 1]]);
    assert.deepEqual([...catchUp.judgedThrough(FLOW_TIME_MS + 1_000)], [[0, 2], [1, 7]]); // prettier-ignore
    catchUp.forget(new Map([[0, 1]]));
    assert.deepEqual([...catchUp.judgedThrough(FLOW_TIME_MS)], []);
    assert.deepEqual([...catchUp.highestEmitted()], [[0, 2], [1, 7]]); // prettier-ignore
  });

  it('never passes a batch that was sent again lately, though later ones left long ago', () => {
    const catchUp = new CatchUp();
    catchUp.noteEmitted(0, 10, 0);
    catchUp.noteEmitted(0, 3, 4_000);
    catchUp.noteEmitted(0, 4, 4_000);
    assert.deepEqual([...catchUp.judgedThrough(FLOW_TIME_MS)], []);
    assert.deepEqual([...catchUp.judgedThrough(FLOW_TIME_MS + 4_000)], [[0, 10]]);
  });

  it('does not grow for as long as deploys follow each other', () => {
    const catchUp = new CatchUp();
    for (let atMs = 0; atMs <= 60_000; atMs += 2_000) {
      catchUp.noteEmitted(0, 1, atMs);
      if (atMs === 30_000) assert.deepEqual([...catchUp.judgedThrough(atMs)], []);
    }
    assert.deepEqual([...catchUp.judgedThrough(60_000)], [[0, 1]]);
  });
});
