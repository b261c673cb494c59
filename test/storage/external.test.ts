import assert from 'node:assert/strict';
import { silentLogger } from '../../src/core/logger.ts';
import { isPassing } from '../../src/storage/database.ts';
import { addressOf, reachServer, refuseUnfit } from '../../src/storage/external.ts';
import { PgBossJobQueue } from '../../src/storage/job-queue.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { asRole } from '../../src/storage/connection.ts';
import { openDatabase } from '../../src/storage/postgres.ts';
import { createEmptyDatabase, queryOnce } from '../support/postgres.ts';

const logger = silentLogger;

describe('an external PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;

  before(async () => (database = await createEmptyDatabase()));
  after(() => database.drop());

  it('is reached, migrated and used by its address alone', async () => {
    const connection = { connectionString: database.url };
    assert.ok((await reachServer({ connection, logger })) >= 150_000);
    assert.ok((await migrate({ connection, logger })).length > 0);
    const db = await openDatabase({ connection, logger });
    try {
      assert.equal(db.isolation, 'role');
      assert.deepEqual((await db.system.query('select current_user')).rows, [{ current_user: 'insa_ingest' }]);
    } finally {
      await db.close();
    }
  });

  it('whose user may not create roles isolates tenants by query', async () => {
    const user = `plain_${String(process.pid)}`;
    const own = await createEmptyDatabase();
    await queryOnce(own.connection, `create role ${user} login password 'plain'`);
    await queryOnce(own.connection, `grant create, usage on schema public to ${user}`);
    const connection = { ...own.connection, user, password: 'plain' };
    try {
      await assert.rejects(
        migrate({ connection, logger }),
        /Grant the database user CREATE on the database, or create a schema pgboss that it owns/,
      );
      await queryOnce(own.connection, `create schema pgboss authorization ${user}`);
      await migrate({ connection, logger });
      const db = await openDatabase({ connection, logger });
      try {
        const jobs = new PgBossJobQueue({ db, logger });
        await jobs.start();
        const id = '00000000-0000-4000-8000-000000000001';
        await jobs.transaction((tx) => jobs.add(tx, [{ id, channel: 'email', delayMs: 0 }]));
        assert.deepEqual(await jobs.take('email', 1), [id]);
        await jobs.stop();
        assert.equal(db.isolation, 'query');
        await db.system.query(`insert into devices (device_id, tenant_id, name) values ('pump', 'default', 'Pump')`);
        const seen = await db.asTenant('default', (tx) => tx.query<{ tenant: string }>('select insa_current_tenant() as tenant'));
        assert.deepEqual(seen.rows, [{ tenant: 'default' }]);
      } finally {
        await db.close();
      }
    } finally {
      await own.drop();
      await queryOnce(database.connection, `drop role ${user}`);
    }
  });

  it('that is too old or stores another encoding is refused by its version and the one that is needed', () => {
    assert.throws(
      () => refuseUnfit({ number: 140_011, version: '14.11', encoding: 'UTF8' }, 'db.example:5432/insa'),
      /DATABASE_URL: the server at db\.example:5432\/insa is PostgreSQL 14\.11; 15 or newer/,
    );
    assert.throws(() => refuseUnfit({ number: 160_000, version: '16.0', encoding: 'LATIN1' }, 'x'), /stores LATIN1; UTF8 is needed/);
    refuseUnfit({ number: 150_000, version: '15.0', encoding: 'UTF8' }, 'x');
  });

  it('that does not answer is named without its password', async () => {
    const connection = { connectionString: 'postgres://insa:secret@127.0.0.1:1/insa' };
    await assert.rejects(reachServer({ connection, logger, patienceMs: 0 }), (error: unknown) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /cannot log in at 127\.0\.0\.1:1\/insa/);
      assert.ok(!error.message.includes('secret'));
      return true;
    });
  });

  it('that refuses the password is not asked again and again', async () => {
    const connection = { ...database.connection, password: 'wrong' };
    await assert.rejects(reachServer({ connection, logger, patienceMs: 60_000 }), /password authentication failed/);
  });

  it('keeps the start-up options of its address beside the role', () => {
    assert.deepEqual(asRole({ connectionString: 'postgres://u@h/d' }, 'r'), { connectionString: 'postgres://u@h/d?options=-c%20role%3Dr' });
    const both = asRole({ connectionString: 'postgres://u@h/d?options=-c%20geqo%3Doff&sslmode=require' }, 'r').connectionString ?? '';
    assert.equal(new URL(both).searchParams.getAll('options').at(-1), '-c geqo=off -c role=r');
    assert.equal(addressOf({ connectionString: 'postgresql://u:p@h:5/d?x=1' }), 'h:5/d');
  });

  it('is tried again after what goes away by itself, and not after a mistake', async () => {
    const connection = { connectionString: database.url };
    const db = await openDatabase({ connection, logger });
    try {
      const cut = db.transaction(async (tx) => {
        const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
        await queryOnce(database.connection, 'select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
        await tx.query('select 1');
      });
      await assert.rejects(cut, (error: unknown) => isPassing(error));
      await assert.rejects(db.system.query('select 1/0'), (error: unknown) => !isPassing(error));
      assert.deepEqual((await db.system.query('select 1 as one')).rows, [{ one: 1 }]);
    } finally {
      await db.close();
    }
  });
});
