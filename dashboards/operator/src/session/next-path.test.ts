import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isOutsideApp, safeNextPath } from './next-path.ts';

describe('where the login leads', () => {
  it('goes where the person wanted to go', () => {
    assert.equal(safeNextPath('/editor/'), '/editor/');
    assert.equal(safeNextPath('/?device=pump-01'), '/?device=pump-01');
  });

  for (const bad of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '',
    undefined,
    ['/a'],
  ]) {
    it(`does not follow ${bad === undefined ? 'nothing' : JSON.stringify(bad)}`, () => assert.equal(safeNextPath(bad), '/'));
  }

  it('does not come back to the login', () => {
    assert.equal(safeNextPath('/login?next=/login'), '/');
  });

  it('knows what the server answers itself', () => {
    assert.equal(isOutsideApp('/editor/'), true);
    assert.equal(isOutsideApp('/editor'), true);
    assert.equal(isOutsideApp('/api/v1/docs'), true);
    assert.equal(isOutsideApp('/'), false);
    assert.equal(isOutsideApp('/editorial'), false);
  });
});
