import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import { BoundedWork } from './bounded-work.ts';
import { checkPassword } from './password-rules.ts';
import { hashPassword, verifyPassword } from './passwords.ts';

describe('passwords', () => {
  it('are hashed with argon2id, each time differently, and proven', async () => {
    const [one, other] = await Promise.all([hashPassword('four words of mine'), hashPassword('four words of mine')]);
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.notEqual(one, other);
    assert.equal(await verifyPassword(one, 'four words of mine'), true);
    assert.equal(await verifyPassword(one, 'four words of yours'), false);
    assert.equal(await verifyPassword(undefined, 'four words of mine'), false);
  });

  it('leave the event loop to others while many are hashed', async () => {
    let turns = 0;
    let hashed = 0;
    const hashes = Array.from({ length: 20 }, () => hashPassword('four words of mine').then(() => (hashed += 1)));
    const turnsAtHash: number[] = [];
    for (const hash of hashes) void hash.then(() => turnsAtHash.push(turns));
    while (hashed < 20) {
      turns += 1;
      await nextTurn();
    }
    await Promise.all(hashes);
    // Were a hash made in the loop itself, it would finish in the turn after the one before it.
    const between = turnsAtHash.filter((at, i) => at - (turnsAtHash[i - 1] ?? 0) > 1).length;
    assert.ok(between >= 8, `turns of the loop at each hash: ${turnsAtHash.join(', ')}`);
  });

  it('are refused when they are short, a name, common, or one character', () => {
    const refused = (password: string) =>
      assert.throws(
        () => checkPassword(password, ['Maria-of-the-mill', 'maria@example.com', null], 'new_password'),
        (error: unknown) => error instanceof AppError && error.errors[0]?.field === 'new_password' && !error.message.includes(password),
      );
    assert.throws(() => checkPassword('x', [], 'new_password'), { message: /^This password is not accepted: (?!.*new_password)/ });
    refused('eleven char');
    refused('x'.repeat(1_001));
    refused('maria-of-THE-mill');
    refused('Maria@Example.com');
    refused('PasswordPassword');
    refused('zzzzzzzzzzzzzz');
    checkPassword('maria-of-the-mill 2', ['maria-of-the-mill'], 'new_password');
    checkPassword('twelve chars', [], 'new_password');
  });
});

describe('bounded work', () => {
  it('runs a few at once, the others in their order, and refuses what is too much', async () => {
    const work = new BoundedWork({ atOnce: 2, waiting: 3, what: 'logins' });
    const ends: (() => void)[] = [];
    const begun: number[] = [];
    const start = (name: number) =>
      work.run(() => {
        begun.push(name);
        return new Promise<number>((resolve) => ends.push(() => resolve(name)));
      });
    const all = [1, 2, 3, 4, 5].map(start);
    await assert.rejects(start(6), (error: unknown) => error instanceof AppError && error.code === 'RATE_LIMITED' && error.retryable);
    assert.deepEqual(begun, [1, 2]);
    for (let i = 0; i < 5; i += 1) {
      ends[i]?.();
      await all[i];
      await nextTurn();
    }
    assert.deepEqual(begun, [1, 2, 3, 4, 5]);
    const again = start(7);
    ends[5]?.();
    assert.equal(await again, 7);
  });

  it('passes the turn on when a piece fails', async () => {
    const work = new BoundedWork({ atOnce: 1, waiting: 1, what: 'logins' });
    const failing = work.run(() => Promise.reject(new Error('no')));
    const next = work.run(() => Promise.resolve('yes'));
    await assert.rejects(failing, /no/);
    assert.equal(await next, 'yes');
  });
});
