import assert from 'node:assert/strict';
import { conditionsOf } from './conditions.ts';

describe('conditions of a query', () => {
  it('are those of which every value is given, numbered in their order', () => {
    const { sql, values, shape } = conditionsOf(
      ['tenant_id = ?', 'acme'],
      ['type = ?', undefined],
      [`status <> 'resolved'`],
      ['(known_at, alert_id) < (?, ?)', 5, 'id'],
      ['(a, b) < (?, ?)', 5, undefined],
      ['note is not distinct from ?', null],
    );
    assert.equal(sql, `tenant_id = $1 and status <> 'resolved' and (known_at, alert_id) < ($2, $3) and note is not distinct from $4`);
    assert.deepEqual(values, ['acme', 5, 'id', null]);
    assert.equal(shape, '101101');
  });
});
