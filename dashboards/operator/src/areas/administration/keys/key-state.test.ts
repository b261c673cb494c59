import assert from 'node:assert/strict';
import { stateOf } from './key-state.ts';

const NOW_MS = Date.parse('2026-03-10T12:00:00Z');

describe('how a key stands', () => {
  const cases: [expiresAt: string | null, replacedBy: string | null, state: string][] = [
    [null, null, 'active'],
    ['2026-03-24T12:00:00Z', null, 'active'],
    ['2026-03-24T11:59:59Z', null, 'ending'],
    ['2026-03-10T12:00:00Z', null, 'ended'],
    ['2026-03-11T12:00:00Z', 'another', 'replaced'],
    ['2026-03-01T12:00:00Z', 'another', 'ended'],
  ];
  for (const [expires_at, replaced_by, state] of cases) {
    it(`is ${state} when it ends at ${String(expires_at)}${replaced_by === null ? '' : ' and was replaced'}`, () => {
      assert.equal(stateOf({ expires_at, replaced_by }, NOW_MS), state);
    });
  }
});
