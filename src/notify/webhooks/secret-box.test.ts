import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSecretBox } from './secret-box.ts';

describe('a box of secrets', () => {
  const box = createSecretBox(Buffer.alloc(32, 7), randomBytes);

  it('gives back what was put in, and shows nothing of it', () => {
    const sealed = box.seal('whsec_abc', 'a');
    assert.equal(box.open(sealed, 'a'), 'whsec_abc');
    assert.ok(!sealed.includes('whsec'));
    assert.notDeepEqual(box.seal('whsec_abc', 'a'), sealed, 'twice the same text gives two boxes');
  });

  it('does not open for another owner, with another key, changed or cut', () => {
    const sealed = box.seal('whsec_abc', 'a');
    assert.throws(() => box.open(sealed, 'b'));
    assert.throws(() => createSecretBox(Buffer.alloc(32, 8), randomBytes).open(sealed, 'a'));
    for (let place = 0; place < sealed.length; place += 1) {
      const changed = Buffer.from(sealed);
      changed[place] = (changed[place] ?? 0) ^ 1;
      assert.throws(() => box.open(changed, 'a'), `byte ${String(place)}`);
    }
    assert.throws(() => box.open(sealed.subarray(0, 20), 'a'));
    assert.throws(() => box.open(Buffer.alloc(0), 'a'));
  });
});
