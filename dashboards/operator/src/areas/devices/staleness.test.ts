import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Paces, staleAfterMs } from './staleness.ts';

describe('when a value is stale', () => {
  it('is several of its usual distances later', () => {
    assert.equal(staleAfterMs(60_000, 5), 300_000);
    assert.equal(staleAfterMs(100, null), 10_000);
    assert.equal(staleAfterMs(10 * 24 * 3_600_000, null), 3 * 24 * 3_600_000);
  });

  it('is what the device is watched for, until its pace is known', () => {
    assert.equal(staleAfterMs(undefined, 300), 300_000);
    assert.equal(staleAfterMs(undefined, null), 60_000);
  });

  it('follows the pace of each quantity', () => {
    const paces = new Paces();
    for (const second of [0, 1, 1, 2, 60, 61]) paces.note('fast', second * 1_000);
    for (const second of [0, 600]) paces.note('slow', second * 1_000);
    assert.equal(paces.usualMs('fast'), 1_000);
    assert.equal(paces.usualMs('slow'), undefined);
    paces.note('slow', 1_200_000);
    paces.note('slow', 900_000);
    assert.equal(paces.usualMs('slow'), 600_000);
    assert.equal(paces.usualMs('none'), undefined);
    paces.clear();
    assert.equal(paces.usualMs('fast'), undefined);
  });
});
