import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { AnswerCache } from '../../src/cache/answer-cache.ts';
import { RedisStore } from '../../src/cache/redis-store.ts';
import type { Question } from '../../src/contracts/cache.ts';
import { systemClock } from '../../src/core/clock.ts';
import { newUuid } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Logger } from '../../src/core/logger.ts';
import { eventually } from '../api/support.ts';
import { TestRedis } from '../support/redis-server.ts';
import { needsProgram } from '../support/system-programs.ts';

const LIFE_MS = 3_600_000;
const TTL = {
  ...{ devices: LIFE_MS, telemetry: LIFE_MS, rules: LIFE_MS, alerts: LIFE_MS },
  ...{ statistics: LIFE_MS, dashboards: LIFE_MS, permissions: LIFE_MS },
};

/** One instance of the platform, as far as the cache goes; what it answers is what it "read from the database" last. */
class Instance {
  readonly store: RedisStore;
  readonly cache: AnswerCache;
  readonly told: string[] = [];
  loads = 0;

  constructor(url: string) {
    const logger: Logger = {
      ...silentLogger,
      child: () => logger,
      info: (_fields, message) => void this.told.push(message),
      warn: (_fields, message) => void this.told.push(message),
    };
    this.store = new RedisStore({ url, logger, newId: newUuid });
    this.cache = new AnswerCache({ clock: systemClock, ttlMs: TTL, maxBytes: 10_000_000, shared: this.store });
    this.store.start();
  }

  async ask(database: { text: string }, changes: Partial<Question> = {}): Promise<string> {
    const question: Question = { region: 'devices', tenantId: 'default', key: 'list', reads: ['devices'], ...changes };
    const { text } = await this.cache.answer(question, () => {
      this.loads += 1;
      return Promise.resolve(database.text);
    });
    return text;
  }
}

describe('answers cached in Redis', () => {
  const program = needsProgram('redis-server');
  let redis: TestRedis;
  let client: Redis;
  let one: Instance;
  let other: Instance;
  let database: { text: string };

  const isOk = (instance: Instance) => eventually(() => Promise.resolve(instance.cache.state() === 'ok'), 'Redis to be used');
  const isAway = (instance: Instance) =>
    eventually(() => Promise.resolve(instance.cache.state() === 'away: nothing is cached'), 'Redis to be missed');
  /** What an instance keeps is written to Redis behind its answer. */
  const isShared = (count = 1) =>
    eventually(async () => (await client.keys('insa:cache:answer:*')).length === count, `${String(count)} answers in Redis`);

  beforeEach(async () => {
    redis = await TestRedis.start(program);
    client = new Redis(redis.port, '127.0.0.1', { retryStrategy: () => 50 });
    client.on('error', () => undefined);
    database = { text: 'first' };
    one = new Instance(redis.url);
    other = new Instance(redis.url);
    await isOk(one);
    await isOk(other);
    // Whoever came last ended everything that the first may have had.
    await eventually(async () => {
      await one.ask(database, { key: 'warm' });
      return (await other.ask(database, { key: 'warm' })) === 'first' && other.loads === 0;
    }, 'both to be there');
    await client.flushall();
    await one.cache.forget(undefined, ['devices', 'alerts']);
    one.loads = 0;
    other.loads = 0;
  });
  afterEach(async () => {
    one.store.stop();
    other.store.stop();
    client.disconnect();
    await redis.dispose();
  });

  it('are found by another instance, and go away by themselves', async () => {
    assert.equal(await one.ask(database), 'first');
    await isShared();
    assert.equal(await other.ask({ text: 'not asked' }), 'first');
    assert.equal(other.loads, 0);
    for (const key of await client.keys('insa:cache:answer:*')) assert.ok((await client.pttl(key)) > 0, `${key} goes away by itself`);
  });

  it('are ended in every instance by a write through one', async () => {
    for (const instance of [one, other]) assert.equal(await instance.ask(database), 'first');
    database.text = 'second';
    await one.cache.forget('default', ['devices']);
    assert.equal(await one.ask(database), 'second', 'the writer reads what it wrote at once');
    await eventually(async () => (await other.ask(database)) === 'second', 'the other to hear of it');
    database.text = 'third';
    await other.cache.forget(undefined, ['devices']);
    assert.equal(await other.ask(database), 'third');
    await eventually(async () => (await one.ask(database)) === 'third', 'the first to hear of it');
  });

  it('are not kept when another instance writes while they are being made', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const question: Question = { region: 'devices', tenantId: 'default', key: 'list', reads: ['devices'] };
    let isAsked = false;
    const slow = one.cache.answer(question, () => {
      isAsked = true;
      return promise;
    });
    await eventually(() => Promise.resolve(isAsked), 'the first to be under way');
    database.text = 'second';
    await other.cache.forget('default', ['devices']);
    resolve('first');
    assert.equal((await slow).text, 'first', 'it was asked before');
    assert.equal(await other.ask(database), 'second');
    await eventually(async () => (await one.ask(database)) === 'second', 'the first to hear of it');
  });

  it('are those of their tenant alone, also when Redis holds something else under their name', async () => {
    await one.ask({ text: 'of acme' }, { tenantId: 'acme' });
    await isShared();
    const [stolen = ''] = await client.keys('insa:cache:answer:*');
    await one.ask(database);
    await isShared(2);
    const [own = ''] = (await client.keys('insa:cache:answer:*')).filter((key) => key !== stolen);
    await client.copy(stolen, own, 'REPLACE');
    assert.equal(await other.ask(database), 'first');
    assert.equal(other.loads, 1);
  });

  it('are not trusted when Redis has lost the versions', async () => {
    await one.ask(database);
    await isShared();
    for (const key of await client.keys('insa:cache:version:*')) await client.del(key);
    database.text = 'second';
    assert.equal(await other.ask(database), 'second');
  });

  it('are made by the database while Redis is killed, and none of before a change is given when it is back', async () => {
    assert.equal(await one.ask(database), 'first');
    await isShared();
    await redis.kill();
    await isAway(one);
    await isAway(other);
    database.text = 'second';
    await one.cache.forget('default', ['devices']);
    for (const instance of [one, other]) {
      assert.equal(await instance.ask(database), 'second');
      assert.equal(await instance.ask(database), 'second');
    }
    assert.equal(other.loads, 2, 'nothing is remembered that nobody could end');
    await redis.start();
    await isOk(one);
    await isOk(other);
    await eventually(async () => (await client.keys('insa:cache:answer:*')).length > 0, 'Redis to have what it had');
    for (const instance of [one, other]) assert.equal(await instance.ask(database), 'second');
    await eventually(async () => {
      const { loads } = other;
      await other.ask(database);
      return other.loads === loads;
    }, 'answers to be cached again');
    assert.deepEqual(
      one.told.slice(0, 2).map((line) => line.slice(0, 19)),
      ['Redis (REDIS_URL) c', 'Redis answers again'],
      'told once each',
    );
  });

  it('do not let anybody wait for a Redis that hangs', async () => {
    await one.ask(database);
    redis.signal('SIGSTOP');
    try {
      database.text = 'second';
      await one.cache.forget('default', ['devices']);
      assert.equal(await one.ask(database), 'second');
      await isAway(one);
      // Each waiting a quarter of a second for Redis, they would take longer than a test may.
      for (let i = 0; i < 2_000; i += 1) assert.equal(await one.ask(database, { key: String(i) }), 'second');
    } finally {
      redis.signal('SIGCONT');
    }
    await isOk(one);
    await isOk(other);
    await eventually(async () => (await other.ask(database)) === 'second', 'what was changed meanwhile');
  });

  it('are not kept in a Redis that takes no writes', async () => {
    await client.config('SET', 'maxmemory', '1');
    await isAway(one);
    for (const text of ['a', 'b']) assert.equal(await one.ask({ text }), text);
    await client.config('SET', 'maxmemory', '0');
    await isOk(one);
  });

  it('are trusted no more when the bus is silent', async () => {
    const [, ...lines] = String(await client.client('LIST', 'TYPE', 'PUBSUB')).split(/id=/);
    for (const line of lines) await client.client('KILL', 'ID', Number.parseInt(line, 10));
    await isAway(one);
    assert.equal(await one.ask(database), 'first');
    await isOk(one);
    database.text = 'second';
    await other.cache.forget('default', ['devices']);
    await eventually(async () => (await one.ask(database)) === 'second', 'the bus to be heard again');
  });
});
