import assert from 'node:assert/strict';
import { PERMISSIONS } from '../../../../../../src/core/permissions.ts';
import { texts } from './texts.ts';
import { ALL_PERMISSIONS, grouped, isPermission, wordsKey } from './permission-groups.ts';

describe('permissions in words', () => {
  it('are those of the server, each in one group', () => {
    assert.deepEqual([...ALL_PERMISSIONS].sort(), Object.keys(PERMISSIONS).sort());
    assert.deepEqual(
      grouped(ALL_PERMISSIONS).flatMap(({ permissions }) => permissions),
      ALL_PERMISSIONS,
    );
  });

  it('have words in both languages', () => {
    for (const { permissions } of [texts.en, texts.es]) {
      assert.deepEqual(Object.keys(permissions).sort(), ALL_PERMISSIONS.map(wordsKey).sort());
    }
  });

  it('leave out what nobody has, and words that are unknown', () => {
    assert.deepEqual(grouped(['audit:read', 'constructor', 'rules:read', 'new:thing']), [
      { group: 'alerting', permissions: ['rules:read'] },
      { group: 'running', permissions: ['audit:read'] },
    ]);
    assert.deepEqual([isPermission('toString'), isPermission('audit:read')], [false, true]);
  });
});
