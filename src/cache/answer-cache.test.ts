import assert from 'node:assert/strict';
import { rowOf } from '../contracts/cache.ts';
import { AnswerCache } from './answer-cache.ts';
import type { AnswerCacheOptions } from './answer-cache.ts';
import type { Question } from '../contracts/cache.ts';

const LIFE = { devices: 10_000, telemetry: 5_000, rules: 10_000, alerts: 10_000, statistics: 10_000, dashboards: 0, permissions: 10_000 };

describe('answers of the cache', () => {
  let nowMs: number;
  let made: number;
  let cache: AnswerCache;
  const start = (options: Partial<AnswerCacheOptions> = {}) =>
    new AnswerCache({ clock: { nowMs: () => nowMs }, ttlMs: LIFE, maxBytes: 1_000_000, ...options });
  const question = (changes: Partial<Question> = {}): Question => ({
    ...{ region: 'devices', tenantId: 'default', key: 'list', reads: ['devices'] },
    ...changes,
  });
  const make = () => Promise.resolve(`answer ${String((made += 1))}`);
  const ask = async (changes: Partial<Question> = {}) => (await cache.answer(question(changes), make)).text;
  /** A question whose answer comes when it is told to. */
  const slow = () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    return { resolve, reject, answer: cache.answer(question(), () => promise) };
  };

  beforeEach(() => {
    nowMs = 1_000_000;
    made = 0;
    cache = start();
  });

  it('are given again with their age until their life is over', async () => {
    assert.equal(await ask(), 'answer 1');
    nowMs += 9_999;
    assert.deepEqual(await cache.answer(question(), make), { text: 'answer 1', ageMs: 9_999 });
    nowMs += 1;
    assert.deepEqual(await cache.answer(question(), make), { text: 'answer 2', ageMs: 0 });
  });

  it('grow old when the clock is put back, and do not live for ever', async () => {
    await ask();
    nowMs -= 3_600_000;
    assert.equal(await ask(), 'answer 2');
  });

  it('are never those of another tenant, region or key, whatever characters these have', async () => {
    const names = ['a', 'a"', 'a","devices"', '["a"', 'a,b', ''];
    for (const tenantId of names)
      for (const key of names) for (const region of ['devices', 'rules'] as const) await ask({ tenantId, key, region });
    assert.equal(made, names.length * names.length * 2);
  });

  it('are made once for a hundred who ask at the same time', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    let loads = 0;
    const load = () => {
      loads += 1;
      return promise;
    };
    const asking = Array.from({ length: 100 }, () => cache.answer(question(), load));
    resolve('once');
    assert.deepEqual(new Set((await Promise.all(asking)).map(({ text }) => text)), new Set(['once']));
    assert.equal(loads, 1);
    const { hits, misses, collapsed } = cache.counts().devices;
    assert.deepEqual({ hits, misses, collapsed }, { hits: 0, misses: 1, collapsed: 99 });
  });

  it('that fail fail for all who wait, and are asked for again by the next', async () => {
    const { answer, reject } = slow();
    const waiting = [answer, cache.answer(question(), make)];
    reject(new Error('the database is away'));
    for (const one of waiting) await assert.rejects(one, /the database is away/);
    assert.equal(await ask(), 'answer 1');
  });

  it('of one row are ended by that row or by one that nobody knows, and those of the table by every row', async () => {
    const one = { key: 'one', reads: [rowOf('alerts', 'a')] };
    const all = async () => [await ask(one), await ask({ key: 'list', reads: ['alerts'] })];
    assert.deepEqual(await all(), ['answer 1', 'answer 2']);
    await cache.forget('default', [rowOf('alerts', 'b')]);
    assert.deepEqual(await all(), ['answer 1', 'answer 3']);
    await cache.forget('default', [rowOf('alerts', 'A')]);
    assert.deepEqual(await all(), ['answer 4', 'answer 5'], 'ids are the same in any case');
    await cache.forget('default', ['alerts']);
    assert.deepEqual(await all(), ['answer 6', 'answer 7']);
    await cache.forget(undefined, [rowOf('alerts', 'a')]);
    assert.deepEqual(await all(), ['answer 8', 'answer 9']);
  });

  it('are ended by a change of what they are made of, for its tenant or for all, and by no other', async () => {
    await ask();
    await cache.forget('default', ['alerts', 'audit_log']);
    await cache.forget('acme', ['devices']);
    assert.equal(await ask(), 'answer 1');
    await cache.forget('default', ['devices']);
    assert.equal(await ask(), 'answer 2');
    await cache.forget(undefined, ['devices']);
    assert.equal(await ask(), 'answer 3');
  });

  it('that were being made during a change are given to who asked before, kept for nobody, and joined by nobody', async () => {
    const before = slow();
    await cache.forget('default', ['devices']);
    const after = slow();
    before.resolve('of before');
    assert.equal((await before.answer).text, 'of before');
    const joined = cache.answer(question(), make);
    after.resolve('of after');
    assert.deepEqual([(await after.answer).text, (await joined).text], ['of after', 'of after']);
    assert.equal(await ask(), 'of after');
    assert.equal(made, 0);
  });

  it('of a region without a life are made anew each time', async () => {
    assert.deepEqual([await ask({ region: 'dashboards' }), await ask({ region: 'dashboards' })], ['answer 1', 'answer 2']);
  });

  it('take no more memory than they may, and the oldest go first', async () => {
    cache = start({ maxBytes: 50_000 });
    const large = (key: string) => cache.answer(question({ key }), () => Promise.resolve('x'.repeat(5_000)));
    for (let i = 0; i < 20; i += 1) await large(String(i));
    assert.ok(cache.size().bytes <= 50_000, `${String(cache.size().bytes)} bytes`);
    assert.equal(cache.size().entries, 4);
    assert.equal(cache.counts().devices.evictions, 16);
    assert.equal((await cache.answer(question({ key: '19' }), make)).text.length, 5_000);
    assert.equal((await cache.answer(question({ key: '0' }), make)).text, 'answer 1');
  });

  it('are no more than may be, and one that is too large alone is not kept', async () => {
    cache = start({ maxEntries: 2, maxBytes: 10_000 });
    for (const key of ['a', 'b', 'c']) await ask({ key });
    assert.equal(cache.size().entries, 2);
    await cache.answer(question({ key: 'large' }), () => Promise.resolve('x'.repeat(20_000)));
    assert.equal(cache.size().entries, 2);
  });
});
