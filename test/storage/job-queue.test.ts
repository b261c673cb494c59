import assert from 'node:assert/strict';
import { silentLogger } from '../../src/core/logger.ts';
import { PgBossJobQueue } from '../../src/storage/job-queue.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

describe('queue of notifications', () => {
  let database: TestDatabase;
  let jobs: PgBossJobQueue;

  before(async () => {
    database = await createTestDatabase();
    jobs = new PgBossJobQueue({ db: database.db, logger: silentLogger });
    await jobs.start();
  });
  after(async () => {
    await jobs.stop();
    await database.drop();
  });

  it('gives a job when its transaction commits, tells of it, and gives it once', async () => {
    const id = '00000000-0000-4000-8000-000000000001';
    const due = new Promise((resolve) => jobs.onDue(resolve));
    await database.db.transaction((tx) => jobs.add(tx, [{ id, channel: 'webhook', delayMs: 0 }]));
    assert.equal(await due, 'webhook');
    assert.deepEqual(await jobs.take('webhook', 10), [id]);
    assert.deepEqual(await jobs.take('webhook', 10), []);
  });

  it('queues nothing when the transaction is rolled back', async () => {
    const id = '00000000-0000-4000-8000-000000000002';
    await assert.rejects(
      database.db.transaction(async (tx) => {
        await jobs.add(tx, [{ id, channel: 'email', delayMs: 0 }]);
        throw new Error('not this time');
      }),
    );
    assert.deepEqual(await jobs.take('email', 10), []);
  });

  it('gives a put-off job when it is due, and a removed one may come again under its id', async () => {
    const id = '00000000-0000-4000-8000-000000000003';
    await database.db.transaction((tx) => jobs.add(tx, [{ id, channel: 'email', delayMs: 60_000 }]));
    assert.deepEqual(await jobs.take('email', 10), []);
    await database.db.transaction(async (tx) => {
      await jobs.remove(tx, [{ id, channel: 'email' }]);
      await jobs.add(tx, [{ id, channel: 'email', delayMs: 0 }]);
    });
    assert.deepEqual(await jobs.take('email', 10), [id]);
  });

  it('is out of the reach of requests', async () => {
    await assert.rejects(
      database.db.asTenant('default', (tx) => tx.query('select 1 from pgboss.job')),
      /permission denied/,
    );
  });
});
