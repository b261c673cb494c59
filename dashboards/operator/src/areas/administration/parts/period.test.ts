import assert from 'node:assert/strict';
import { instantsOf, isoOf } from './period.ts';

const NOW_MS = Date.parse('2026-03-10T12:00:00Z');

describe('the period of a list', () => {
  it('counts back from now', () => {
    assert.deepEqual(instantsOf({ period: 'hour', from: '', to: '' }, NOW_MS), { start: '2026-03-10T11:00:00.000Z' });
    assert.deepEqual(instantsOf({ period: 'week', from: '', to: '' }, NOW_MS), { start: '2026-03-03T12:00:00.000Z' });
  });

  it('has no limits unless it is chosen, whatever the address says', () => {
    for (const period of ['', 'for ever', '__proto__'])
      assert.deepEqual(instantsOf({ period, from: 'x', to: '2026-01-01T00:00' }, NOW_MS), {});
  });

  it('takes local times of the person, and leaves out half-written ones', () => {
    const start = new Date(2026, 0, 31, 6, 30).toISOString();
    assert.deepEqual(instantsOf({ period: 'own', from: '2026-01-31T06:30', to: '2026-01' }, NOW_MS), { start, end: undefined });
    assert.equal(isoOf('2026-99-99T99:99'), undefined);
    assert.equal(isoOf(''), undefined);
  });
});
