import assert from 'node:assert/strict';
import { changesOf } from './audit-changes.ts';

describe('what a change did, for the audit log', () => {
  it('is only what differs', () => {
    const change = changesOf({ name: 'Pump', type: 'pump', tags: ['a'] }, { name: 'Pump 1', type: 'pump', tags: ['a'] });
    assert.deepEqual(change, { before: { name: 'Pump' }, after: { name: 'Pump 1' } });
  });

  it('has no before for what was made, and no after for what was removed', () => {
    assert.deepEqual(changesOf(undefined, { name: 'x', location: undefined }), { before: {}, after: { name: 'x' } });
    assert.deepEqual(changesOf({ name: 'x' }, undefined), { before: { name: 'x' }, after: {} });
  });

  it('masks secrets at any depth, and a key of a series is none', () => {
    const after = { password: 'p', hook: { secret: 's', api_key: 'k', headers: [{ Authorization: 'b' }] }, conditions: { left: 1 } };
    assert.deepEqual(changesOf(undefined, after).after, {
      password: '***',
      hook: { secret: '***', api_key: '***', headers: [{ Authorization: '***' }] },
      conditions: { left: 1 },
    });
    assert.deepEqual(changesOf({ secret: 'a' }, { secret: 'b' }), { before: { secret: '***' }, after: { secret: '***' } });
    assert.deepEqual(changesOf({ series: { keys: ['temperature'] } }, undefined).before, { series: { keys: ['temperature'] } });
    assert.deepEqual(changesOf(undefined, { conditions: { key: 'temperature' } }).after, { conditions: { key: 'temperature' } });
  });
});
