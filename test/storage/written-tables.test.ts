import assert from 'node:assert/strict';
import { rowOf } from '../../src/contracts/cache.ts';
import { WrittenTables } from '../../src/storage/written-tables.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

describe('the tables that are written', () => {
  it('are read off a statement', () => {
    const writes = new WrittenTables();
    const cases: [string, string[]][] = [
      ['select * from devices where name = $1', []],
      ['INSERT INTO alerts (a) values (1) on conflict (a) do update set a = 2', ['alerts']],
      ['update only rules r set enabled = true', ['rules']],
      ['delete\n  from "users" where true', ['users']],
      ['with a as (insert into alerts select 1 returning 1), b as (delete from rules returning 1) select 1', ['alerts', 'rules']],
      ['/* writes only devices.last_seen_at */ update devices d set last_seen_at = now()', ['devices.last_seen_at']],
      ['truncate table series', ['series']],
    ];
    for (const [text, tables] of cases) {
      assert.deepEqual(
        writes.tablesOf(text).filter((table) => table !== 'set'),
        tables,
        text,
      );
      assert.deepEqual(
        writes.tablesOf({ name: 'x', text }).filter((table) => table !== 'set'),
        tables,
        text,
      );
    }
    assert.deepEqual(writes.tablesOf(undefined), []);
  });

  it('are single rows where a statement says which of its values is the id', () => {
    const writes = new WrittenTables();
    const UPDATE = '/* row $2 */ update alerts set status = $1 where alert_id = $2';
    const row = [rowOf('alerts', 'x')];
    assert.deepEqual(writes.tablesOf(UPDATE, ['active', 'x']), row);
    assert.deepEqual(writes.tablesOf({ text: UPDATE, values: ['active', 'x'] }), row);
    for (const unknown of [undefined, [], ['active', 5], ['active', ['x', 'y']]])
      assert.deepEqual(writes.tablesOf(UPDATE, unknown), ['alerts']);
    assert.deepEqual(writes.tablesOf('/* row $1 */ insert into alerts (a) values ($1) on conflict do nothing', ['x']), row);
    assert.deepEqual(writes.tablesOf('/* row $1 */ delete from alerts where alert_id = $1', ['x']), ['alerts'], 'others may go with it');
    const two = '/* row $1 */ with a as (update alerts set b = 1 where alert_id = $1) insert into alert_history select 1';
    assert.deepEqual(writes.tablesOf(two, ['x']), ['alerts', 'alert_history']);
  });

  describe('of a database', () => {
    let database: TestDatabase;
    let told: { tenantId: string | undefined; tables: string[]; committed: number }[];

    const devices = async () => (await database.db.system.query<{ n: number }>('select count(*)::int as n from devices')).rows[0]?.n ?? 0;
    beforeEach(async () => {
      database = await createTestDatabase();
      told = [];
      database.db.writes.onWritten(async ({ tenantId, tables }) => {
        told.push({ tenantId, tables: [...tables], committed: await devices() });
      });
    });
    afterEach(() => database.drop());

    const INSERT = `insert into devices (device_id, tenant_id, name) values ($1, 'default', 'x')`;

    it('are told after the commit and before the answer, with the tenant where there is one', async () => {
      const { db } = database;
      await db.asTenant('default', (tx) => tx.query(INSERT, ['a']));
      await db.transaction((tx) => tx.query(INSERT, ['b']));
      await db.system.query(INSERT, ['c']);
      await db.asTenant('default', (tx) => tx.query('select 1'));
      await db.readAsTenant('default', (tx) => tx.query('select 1'));
      assert.deepEqual(told, [
        { tenantId: 'default', tables: ['devices'], committed: 1 },
        { tenantId: undefined, tables: ['devices'], committed: 2 },
        { tenantId: undefined, tables: ['devices'], committed: 3 },
      ]);
    });

    it('are told of a transaction that failed as well: its commit may have happened', async () => {
      const failing = database.db.asTenant('default', async (tx) => {
        await tx.query(INSERT, ['a']);
        throw new Error('no');
      });
      await assert.rejects(failing, /^Error: no$/);
      await assert.rejects(database.db.system.query(INSERT, [null]), { code: '23502' });
      assert.deepEqual(
        told.map(({ tenantId, committed }) => [tenantId, committed]),
        [
          ['default', 0],
          [undefined, 0],
        ],
      );
    });

    it('include those whose rows go or change with them', async () => {
      await database.db.system.query('delete from devices');
      const tables = told[0]?.tables ?? [];
      assert.equal(tables[0], 'devices');
      for (const table of ['series', 'telemetry_latest', 'rule_states', 'device_configs', 'device_commands'])
        assert.ok(tables.includes(table), table);
      assert.ok(!tables.includes('alerts'));
      await database.db.system.query('delete from users where false');
      assert.ok(told[1]?.tables.includes('dashboards'), 'their owner is emptied');
    });
  });
});
