import assert from 'node:assert/strict';
import { silentLogger } from '../../src/core/logger.ts';
import { openDatabase } from '../../src/storage/postgres.ts';
import type { OpenDatabase } from '../../src/storage/postgres.ts';
import { QueryTally } from '../../src/storage/query-times.ts';
import { eventually } from '../support/platform.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

describe('times of database statements', () => {
  let database: TestDatabase;
  let db: OpenDatabase;
  let queries: QueryTally;
  let opened: Record<'system' | 'api', number>;
  before(async () => (database = await createTestDatabase()));
  after(() => database.drop());
  beforeEach(async () => {
    queries = new QueryTally();
    db = await openDatabase({ connection: database.connection, logger: silentLogger, systemPoolSize: 2, queries });
    opened = { system: totalOf('system'), api: totalOf('api') };
  });
  afterEach(() => db.close());

  const totalOf = (pool: 'system' | 'api') => queries.of(pool)?.total ?? 0;
  /** Since the database was open: opening it asks something too. */
  const counted = (pool: 'system' | 'api') => totalOf(pool) - opened[pool];

  it('count every statement once, in its pool, and answer as before', async () => {
    const { rows } = await db.system.query<{ n: number }>('select 1 as n');
    assert.deepEqual(rows, [{ n: 1 }]);
    assert.equal(counted('system'), 1);
    const answer = await db.transaction(async (tx) => (await tx.query<{ n: number }>('select $1::int as n', [2])).rows);
    assert.deepEqual(answer, [{ n: 2 }]);
    assert.equal(counted('system'), 4, 'begin and commit are statements too');
    assert.equal(counted('api'), 0);
    await db.asTenant('default', (tx) => tx.query('select 3'));
    assert.equal(counted('api'), 4);
  });

  it('count what fails, and let it fail', async () => {
    await assert.rejects(db.system.query('select from nowhere'), /nowhere/);
    assert.equal(counted('system'), 1);
  });

  it('are as long as the statements', async () => {
    const sumBefore = queries.of('system')?.sum ?? 0;
    await db.system.query('select pg_sleep(0.12)');
    const took = (queries.of('system')?.sum ?? 0) - sumBefore;
    assert.ok(took >= 0.12, String(took));
  });

  it('leave out the wait for a connection, which the pool shows', async () => {
    const [first, second] = [await db.system.connect(), await db.system.connect()];
    const third = db.system.query('select 1');
    const full = await eventually(() => db.pools().find(({ pool, waiting }) => pool === 'system' && waiting === 1), 'a waiting statement');
    assert.deepEqual(full, { pool: 'system', most: 2, open: 2, idle: 0, waiting: 1 });
    first.release();
    second.release();
    await third;
    const { idle, waiting } = db.pools().find(({ pool }) => pool === 'system') ?? {};
    assert.deepEqual([idle, waiting], [2, 0]);
  });
});
