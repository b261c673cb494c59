import assert from 'node:assert/strict';
import { isCanceled } from '../../src/storage/database.ts';
import { createTestDatabase, queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

describe('isolation of tenants', () => {
  let database: TestDatabase;

  before(async () => {
    database = await createTestDatabase();
    await queryOnce(
      database.connection,
      `create table telemetry_all partition of telemetry for values from ('2025-01-01') to ('2026-01-01')`,
    );
    await queryOnce(
      database.connection,
      `create table telemetry_text_all partition of telemetry_text for values from ('2025-01-01') to ('2026-01-01')`,
    );
    await database.db.system.query(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
    for (const tenant of ['default', 'acme']) await fill(tenant);
  });
  after(() => database.drop());

  async function fill(tenant: string): Promise<void> {
    const { system } = database.db;
    await system.query(`insert into devices (device_id, tenant_id, name) values ($1, $2, 'Pump')`, [`pump-${tenant}`, tenant]);
    const { rows } = await system.query<{ key: string; series_id: number }>(
      `insert into series (tenant_id, device_id, key, kind) values ($1, $2, 'temperature', 'number'), ($1, $2, 'state', 'text') returning key, series_id`,
      [tenant, `pump-${tenant}`],
    );
    const idOf = (key: string): number | undefined => rows.find((row) => row.key === key)?.series_id;
    await system.query(`insert into telemetry values ('2025-06-01', 1.5, $1, 100)`, [idOf('temperature')]);
    await system.query(`insert into telemetry_text values ('2025-06-01', 'on', $1, 100)`, [idOf('state')]);
    await system.query(`insert into telemetry_latest values ($1, '2025-06-01', 1.5, null, 100)`, [idOf('temperature')]);
  }

  it('runs the platform as insa_ingest and requests as insa_api', async () => {
    assert.equal(database.db.isolation, 'role');
    const { rows } = await database.db.system.query('select current_user');
    assert.deepEqual(rows, [{ current_user: 'insa_ingest' }]);
    const inRequest = await database.db.asTenant(
      'acme',
      async (tx) => (await tx.query<{ current_user: string }>('select current_user')).rows,
    );
    assert.deepEqual(inRequest, [{ current_user: 'insa_api' }]);
    const lane = await database.db.connect();
    try {
      assert.deepEqual((await lane.query('select current_user')).rows, [{ current_user: 'insa_ingest' }]);
    } finally {
      await lane.end();
    }
  });

  it('gives reads without a transaction to their own tenant, however they take turns on the connections', async () => {
    const { db } = database;
    const devicesOf = (tenant: string) =>
      db.readAsTenant(tenant, async (reads) => (await reads.query<{ device_id: string }>('select device_id from devices')).rows);
    const fails = () => db.readAsTenant('acme', (reads) => reads.query('select 1 / 0'));
    const wanted = Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? 'acme' : 'default'));
    const answers = await Promise.all(
      wanted.map(async (tenant, i) => {
        if (i % 10 === 0) await assert.rejects(fails(), /division by zero/);
        if (i % 7 === 0) await db.asTenant(tenant === 'acme' ? 'default' : 'acme', (tx) => tx.query('select 1'));
        return devicesOf(tenant);
      }),
    );
    wanted.forEach((tenant, i) => assert.deepEqual(answers[i], [{ device_id: `pump-${tenant}` }]));
    assert.deepEqual(await devicesOf('nobody'), []);
  });

  it('shows one picture to whoever looks at several things, to read alone and not for longer than he may', async () => {
    const { db } = database;
    const name = `select name from devices where device_id = 'pump-acme'`;
    const seen = await db.snapshotAsTenant(
      'acme',
      async (tx) => {
        const before = await tx.query<{ name: string }>(name);
        await db.system.query(`update devices set name = name || '!' where device_id = 'pump-acme'`);
        const after = await tx.query<{ name: string }>(name);
        const others = await tx.query('select from devices');
        return [after.rows[0]?.name === before.rows[0]?.name, others.rowCount];
      },
      { statementMs: 10_000 },
    );
    assert.deepEqual(seen, [true, 1]);
    const write = db.snapshotAsTenant('acme', (tx) => tx.query(`update devices set name = 'x'`), { statementMs: 10_000 });
    await assert.rejects(write, /read-only transaction/);
    const long = db.snapshotAsTenant('acme', (tx) => tx.query('select pg_sleep(60)'), { statementMs: 50 });
    await assert.rejects(long, isCanceled);
    // The bound ends with the transaction.
    await db.asTenant('acme', (tx) => tx.query('select pg_sleep(0.2)'));
  });

  it('shows the platform every tenant', async () => {
    const { rows } = await database.db.system.query('select device_id from devices order by 1');
    assert.deepEqual(rows, [{ device_id: 'pump-acme' }, { device_id: 'pump-default' }]);
  });

  for (const tenant of ['acme', 'default']) {
    it(`shows a request of ${tenant} only its own rows, through the views too`, async () => {
      await database.db.asTenant(tenant, async (tx) => {
        for (const relation of ['devices', 'series', 'telemetry_readings', 'telemetry_latest_readings']) {
          const { rows } = await tx.query(`select distinct tenant_id, device_id from ${relation}`);
          assert.deepEqual(rows, [{ tenant_id: tenant, device_id: `pump-${tenant}` }], relation);
        }
        const { rows } = await tx.query('select key, value, text_value from telemetry_readings order by key');
        assert.deepEqual(rows, [
          { key: 'state', value: null, text_value: 'on' },
          { key: 'temperature', value: 1.5, text_value: null },
        ]);
        assert.deepEqual((await tx.query('select tenant_id from tenants')).rows, [{ tenant_id: tenant }]);
      });
    });
  }

  it('refuses a request that writes a row of another tenant', async () => {
    const intrude = database.db.asTenant('acme', (tx) =>
      tx.query(`insert into devices (device_id, tenant_id, name) values ('intruder', 'default', 'x')`),
    );
    await assert.rejects(intrude, /row-level security/);
    const { rowCount } = await database.db.asTenant('acme', (tx) =>
      tx.query(`update devices set name = 'mine' where device_id = 'pump-default'`),
    );
    assert.equal(rowCount, 0);
  });

  it('refuses a request the tables of telemetry themselves', async () => {
    for (const table of ['telemetry', 'telemetry_text', 'telemetry_latest', 'ingest_batches', 'refresh_tokens']) {
      await assert.rejects(
        database.db.asTenant('acme', (tx) => tx.query(`select from ${table}`)),
        /permission denied/,
        table,
      );
    }
  });

  it('shows nothing where no tenant was named, and forgets the tenant with the transaction', async () => {
    await database.db.asTenant('acme', (tx) => tx.query('select 1'));
    await database.db.asTenant('', async (tx) => {
      assert.deepEqual((await tx.query('select from devices')).rowCount, 0);
      assert.deepEqual((await tx.query('select from telemetry_readings')).rowCount, 0);
    });
  });

  it('keeps the audit log append-only for the platform itself', async () => {
    await database.db.system.query(`insert into audit_log (tenant_id, actor, action, outcome) values ('default', 'test', 'test', 'ok')`);
    await assert.rejects(database.db.system.query(`update audit_log set actor = 'nobody'`), /permission denied/);
    await assert.rejects(database.db.system.query('delete from audit_log'), /permission denied/);
  });

  it('rolls a transaction back when its work fails, and the pool goes on', async () => {
    const failing = database.db.transaction(async (tx) => {
      await tx.query(`insert into devices (device_id, tenant_id, name) values ('gone', 'default', 'x')`);
      throw new Error('no');
    });
    await assert.rejects(failing, /^Error: no$/);
    assert.equal((await database.db.system.query(`select from devices where device_id = 'gone'`)).rowCount, 0);
  });
});
