import assert from 'node:assert/strict';
import { accountVerdict } from './account-verdict.ts';

const totals = {
  messages: 10,
  received: 30,
  stored: 30,
  duplicates: 0,
  rejected: 0,
  conflicts: 0,
  judged: 30,
  history: 0,
  waiting: 0,
  unaccounted: 0,
  numbered: 10,
  missing: 0,
  restarts: 0,
  unreadable_numbers: 0,
};

describe('what one line says of an account', () => {
  it('says how many messages are missing of how many there should be', () => {
    assert.deepEqual(accountVerdict({ expected: 10, totals }), {
      kind: 'numbered',
      counts: { missing: 0, expected: 10 },
      rejected: 0,
      isWell: true,
    });
    const two = accountVerdict({ expected: 12, totals: { ...totals, missing: 2 } });
    assert.deepEqual(two, { kind: 'numbered', counts: { missing: 2, expected: 12 }, rejected: 0, isWell: false });
  });

  it('never says that fewer than none are missing: what was missing yesterday may come today', () => {
    const { counts, isWell } = accountVerdict({ expected: 7, totals: { ...totals, missing: -3 } });
    assert.deepEqual([counts, isWell], [{ missing: 0, expected: 10 }, true]);
  });

  it('says of a device without numbers only what can be known, and of a silent one that nothing came', () => {
    const plain = { ...totals, numbered: 0 };
    assert.deepEqual(accountVerdict({ expected: null, totals: plain }), {
      kind: 'plain',
      counts: { received: 30 },
      rejected: 0,
      isWell: true,
    });
    assert.equal(accountVerdict({ expected: null, totals: { ...plain, received: 0 } }).kind, 'none');
    assert.equal(accountVerdict({ expected: null, totals: { ...plain, rejected: 4 } }).isWell, false);
  });

  it('says first that something is unaccounted for', () => {
    const { kind, isWell } = accountVerdict({ expected: 10, totals: { ...totals, unaccounted: -1 } });
    assert.deepEqual([kind, isWell], ['unaccounted', false]);
  });
});
