import assert from 'node:assert/strict';
import { shownDetails, textOfValue } from './details.ts';

describe('the details of an audit line', () => {
  it('puts what was and what is side by side', () => {
    assert.deepEqual(shownDetails({ before: { roles: ['viewer'], note: null }, after: { roles: ['admin', 'viewer'] }, reason: 'why' }), {
      changes: [
        { field: 'roles', before: 'viewer', after: 'admin, viewer' },
        { field: 'note', before: 'null', after: undefined },
      ],
      rest: [{ name: 'reason', text: 'why' }],
    });
  });

  it('knows things that were made or removed, and takes any shape', () => {
    assert.deepEqual(shownDetails({ after: { name: 'x' } }).changes, [{ field: 'name', before: undefined, after: 'x' }]);
    assert.deepEqual(shownDetails({ before: 'text', after: null, n: 3 }), { changes: [], rest: [{ name: 'n', text: '3' }] });
    assert.deepEqual(shownDetails({}), { changes: [], rest: [] });
  });

  it('writes structures as JSON', () => {
    assert.equal(textOfValue({ a: [1] }), '{\n "a": [\n  1\n ]\n}');
    assert.equal(textOfValue(undefined), '');
  });
});
