import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '../../src/core/logger.ts';
import { InstanceLock } from '../../src/storage/instance-lock.ts';
import type { InstanceLockState } from '../../src/storage/instance-lock.ts';
import { createEmptyDatabase, queryOnce } from '../support/postgres.ts';

describe('InstanceLock', () => {
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
  const locks: InstanceLock[] = [];

  before(async () => (database = await createEmptyDatabase()));
  after(() => database.drop());
  afterEach(async () => {
    for (const lock of locks.splice(0)) await lock.stop();
  });

  function newLock(onState?: (state: InstanceLockState) => void): InstanceLock {
    const lock = new InstanceLock({ connection: database.connection, logger: silentLogger, patienceMs: 0, ...(onState && { onState }) });
    locks.push(lock);
    return lock;
  }

  /** Cuts the connection of whoever holds the lock, as a restart of the server does. */
  function cutHolder(): Promise<unknown> {
    return queryOnce(
      database.connection,
      `select pg_terminate_backend(pid, 5000) from pg_locks
        where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`,
    );
  }

  async function until(condition: () => boolean): Promise<void> {
    for (let round = 0; round < 1_000 && !condition(); round += 1) await delay(10);
    assert.ok(condition());
  }

  it('lets one instance in and tells the second who is there', async () => {
    await newLock().start();
    await assert.rejects(newLock().start(), (error: unknown) => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.equal(error.code, 'ALREADY_RUNNING');
      assert.ok(error.message.includes(`insa-instance`) && error.message.includes(String(process.pid)), error.message);
      return true;
    });
  });

  it('is free after stop', async () => {
    const first = newLock();
    await first.start();
    await first.start();
    await first.stop();
    await first.stop();
    await newLock().start();
  });

  it('waits for the session of a process that has just gone', async () => {
    const first = newLock();
    await first.start();
    const patient = new InstanceLock({ connection: database.connection, logger: silentLogger, patienceMs: 10_000 });
    locks.push(patient);
    const entered = patient.start();
    await first.stop();
    await entered;
    assert.equal(patient.state, 'held');
  });

  it('notices the loss of its connection and takes the lock again', async () => {
    const states: InstanceLockState[] = [];
    const lock = newLock((state) => states.push(state));
    await lock.start();
    await cutHolder();
    await until(() => states.length === 3);
    assert.deepEqual(states, ['held', 'lost', 'held']);
    await assert.rejects(newLock().start(), /Another instance uses this database/);
  });

  it('says so when another instance was faster', async () => {
    const lock = newLock();
    await lock.start();
    const other = newLock();
    const cut = cutHolder();
    // Tries until the session has ended, faster than the first tries again.
    for (let round = 0; round < 200 && other.state !== 'held'; round += 1) await other.start().catch(() => delay(1));
    await cut;
    await until(() => lock.state === 'taken');
    assert.equal(other.state, 'held');
  });
});
